import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha1 } from '../src/plan/sha1.ts'

test('SHA-1 equals that of the system for all lengths around a block, and for text beyond ASCII', () => {
  const texts = [...Array.from({ length: 130 }, (_, length) => 'a'.repeat(length)), 'é😀'.repeat(50)]
  expect(texts.map(sha1)).toEqual(texts.map((text) => createHash('sha1').update(text).digest('hex')))
})
