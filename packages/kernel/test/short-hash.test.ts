import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { shortHash } from '../src/sha256.ts'

const expected = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

test('the hash is the start of SHA-256 for every length around the limits of a block', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'abcdefghij'.repeat(20).slice(0, length)
    expect([length, shortHash(text)]).toEqual([length, expected(text)])
  }
})

test('it is that of the UTF-8 bytes, with all 8 digits', () => {
  for (const text of ['ü', '日本語', '😀'.repeat(40), '\u0000', '{"cid":null}\n'.repeat(5000)]) {
    expect(shortHash(text)).toBe(expected(text))
  }
  const padded = Array.from({ length: 600 }, (_, i) => `line ${i}`).filter((text) => expected(text).startsWith('0'))
  expect(padded.length).toBeGreaterThan(10)
  for (const text of padded) expect(shortHash(text)).toBe(expected(text))
})
