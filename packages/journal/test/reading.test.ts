import { expect, test } from 'vitest'
import { byteOrderMark, scratchBuffer } from '../src/block.ts'
import { endOfLines, findNewline, type Piece, type Reading } from '../src/reading.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Runs a reading over bytes in memory; returns its result and the pieces that it requested. */
function run<Result>(reading: Reading<Result>, bytes: Buffer): { readonly result: Result; readonly pieces: Piece[] } {
  const pieces: Piece[] = []
  let step = reading.next()
  while (step.done !== true) {
    pieces.push(step.value)
    const { at, length } = step.value
    step = reading.next(bytes.subarray(at, at + length))
  }
  return { result: step.value, pieces }
}

const lengths = (pieces: readonly Piece[]) => pieces.map(({ length }) => length)

test('the first newline of a range is found wherever it is, and one outside the range is not', () => {
  const bytes = Buffer.from('a\nbb\nccc')
  const found = (from: number, to: number) => run(findNewline(from, to), bytes).result
  expect([found(0, 8), found(1, 8), found(2, 8), found(4, 5), found(5, 8)]).toEqual([1, 1, 4, 4, -1])
  expect([found(2, 4), found(2, 2), found(3, 2)]).toEqual([-1, -1, -1])
})

test('a forward search reads blocks that double in size from 64 KiB to 1 MiB', () => {
  const bytes = Buffer.alloc(5 * MIB, 'x')
  const { result, pieces } = run(findNewline(10, bytes.length), bytes)
  expect(result).toBe(-1)
  expect(lengths(pieces).slice(0, 6)).toEqual([64, 128, 256, 512, 1024, 1024].map((size) => size * KIB))
  expect(pieces.map(({ at }) => at).slice(0, 3)).toEqual([10, 10 + 64 * KIB, 10 + 192 * KIB])
  const last = pieces.at(-1)
  expect((last?.at ?? 0) + (last?.length ?? 0)).toBe(bytes.length)
})

test('a forward search stops at the block with the newline, and finds it at each end of a block', () => {
  for (const [at, reads] of [
    [0, 1],
    [64 * KIB - 1, 1],
    [64 * KIB, 2],
    [192 * KIB - 1, 2],
    [192 * KIB, 3],
  ] as const) {
    const bytes = Buffer.alloc(300 * KIB, 'x')
    bytes[at] = 10
    bytes[299 * KIB] = 10
    const { result, pieces } = run(findNewline(0, bytes.length), bytes)
    expect([at, result, pieces.length]).toEqual([at, at, reads])
  }
})

test('a search ends if the file is truncated', () => {
  const { result, pieces } = run(findNewline(0, 5 * MIB), Buffer.alloc(70 * KIB, 'x'))
  expect([result, lengths(pieces)]).toEqual([-1, [64 * KIB, 128 * KIB]])
})

test.each([
  ['', 0],
  ['torn', 0],
  ['\n', 1],
  ['a\n', 2],
  ['a\nb\n', 4],
  ['a\nb\ntorn', 4],
])('the complete lines of %j end at %i', (text, end) => {
  const bytes = Buffer.from(text)
  expect(run(endOfLines(bytes.length, 100), bytes).result).toBe(end)
})

test('a backward search reads blocks that double in size from 64 KiB to 1 MiB, and stops at the newline', () => {
  const bytes = Buffer.alloc(5 * MIB, 'x')
  bytes[0] = 10
  const { result, pieces } = run(endOfLines(bytes.length, 10 * MIB), bytes)
  expect([result, lengths(pieces).slice(0, 6)]).toEqual([1, [64, 128, 256, 512, 1024, 1024].map((size) => size * KIB)])
  expect(pieces.at(-1)).toMatchObject({ at: 0 })
  const [first, second] = pieces
  expect([first?.at, second?.at]).toEqual([bytes.length - 64 * KIB, bytes.length - 192 * KIB])
  bytes[bytes.length - 64 * KIB] = 10
  expect(lengths(run(endOfLines(bytes.length, 10 * MIB), bytes).pieces)).toEqual([64 * KIB])
  bytes[bytes.length - 64 * KIB] = 120
  bytes[bytes.length - 64 * KIB - 1] = 10
  const both = run(endOfLines(bytes.length, 10 * MIB), bytes)
  expect([both.result, lengths(both.pieces)]).toEqual([bytes.length - 64 * KIB, [64 * KIB, 128 * KIB]])
})

test('a line that is being written and is already too long ends the search at the end of the file', () => {
  const bytes = Buffer.alloc(64 * KIB, 'x')
  expect(run(endOfLines(bytes.length, 64 * KIB), bytes).result).toBe(0)
  const long = run(endOfLines(bytes.length, 64 * KIB - 1), bytes)
  expect([long.result, lengths(long.pieces)]).toEqual([bytes.length, [64 * KIB]])
  // The newline lies one byte before the block: a line of 64 KiB that is allowed begins there.
  const whole = Buffer.concat([Buffer.from('\n'), bytes])
  expect(run(endOfLines(whole.length, 64 * KIB), whole).result).toBe(1)
  expect(run(endOfLines(whole.length, 64 * KIB - 1), whole).result).toBe(whole.length)
})

test('readers share one buffer, unless they need more than a megabyte', () => {
  const small = scratchBuffer(1)
  expect(small.length).toBeGreaterThanOrEqual(64 * KIB)
  expect(scratchBuffer(64 * KIB) === small).toBe(true)
  const large = scratchBuffer(64 * KIB + 1)
  expect(large.length).toBe(MIB + 4096)
  expect([1, MIB + 4096].every((length) => scratchBuffer(length) === large)).toBe(true)
  const own = scratchBuffer(MIB + 4097)
  expect([own.length, scratchBuffer(1) === large, scratchBuffer(MIB + 4097) === own]).toEqual([MIB + 4097, true, false])
})

test.each([
  [[0xef, 0xbb, 0xbf], 3],
  [[0xef, 0xbb, 0xbf, 0x61], 3],
  [[0xef, 0xbb], 0],
  [[0xef], 0],
  [[], 0],
  [[0xee, 0xbb, 0xbf], 0],
  [[0xef, 0xba, 0xbf], 0],
  [[0xef, 0xbb, 0xbe], 0],
])('the byte order mark of %j has %i bytes', (bytes, length) => {
  expect(byteOrderMark(Buffer.from(bytes))).toBe(length)
})
