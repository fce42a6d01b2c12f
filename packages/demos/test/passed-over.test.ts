import { expect, test } from 'vitest'
import { passedOver } from './kill/passed-over.ts'

const plain = (cid: string) => ({ cid, hasAt: false })
const scheduled = (cid: string) => ({ cid, hasAt: true })

test('a command is passed over if a later one without `at` has an answer', () => {
  const written = [plain('a'), scheduled('b'), plain('c'), plain('d'), plain('e')]
  expect(passedOver(written, new Set(['a', 'd']))).toEqual(['b', 'c'])
})

test('an answer to a command with `at` does not show how far the kernel has read the file', () => {
  const written = [plain('a'), plain('b'), scheduled('c'), plain('d'), scheduled('e')]
  expect(passedOver(written, new Set(['a', 'c', 'e']))).toEqual([])
})
