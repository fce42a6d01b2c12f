import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MAX_LINE_BYTES, type OversizedLine, openTail, readLastLines, readLines, type TailLine } from '../src/index.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-oversized-'))
  path = join(directory, 'o.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const shape = (line: TailLine) => [line.offset, line.bytes, line.text.length]

test('a line of 16 MiB is returned, one byte more is reported and skipped', () => {
  expect(MAX_LINE_BYTES).toBe(16_777_216)
  const longest = Buffer.alloc(MAX_LINE_BYTES, 'a')
  writeFileSync(path, 'first\n')
  const tail = openTail(path)
  const lines: TailLine[] = []
  const oversized: OversizedLine[] = []
  const readAll = (): void => {
    while (tail.look()) {
      const batch = tail.read()
      lines.push(...batch.lines)
      oversized.push(...batch.oversized)
    }
  }
  readAll()
  for (let at = 0; at < longest.length; at += 5_000_000) {
    appendFileSync(path, longest.subarray(at, at + 5_000_000))
    readAll()
  }
  appendFileSync(path, '\n')
  readAll()
  appendFileSync(path, longest)
  readAll()
  appendFileSync(path, 'b\nlast\n')
  readAll()
  tail.close()
  const second = 6 + MAX_LINE_BYTES + 1
  const tooLong = { offset: second, bytes: MAX_LINE_BYTES + 2 }
  const last = second + MAX_LINE_BYTES + 2
  const expected = [
    [0, 6, 5],
    [6, MAX_LINE_BYTES + 1, MAX_LINE_BYTES],
    [last, 5, 4],
  ]
  expect([lines.map(shape), oversized]).toEqual([expected, [tooLong]])
  const told: OversizedLine[] = []
  const onOversized = (line: OversizedLine) => told.push(line)
  expect([...readLines(path, { onOversized })].map(shape)).toEqual(expected)
  expect(readLastLines(path, 9, { onOversized }).map(shape)).toEqual(expected)
  expect(told).toEqual([tooLong, tooLong])
})

test('a line of hundreds of megabytes takes no memory', () => {
  const size = 256 * 1024 ** 2
  writeFileSync(path, 'first\n')
  // This creates a hole, which may have any length and consists of U+0000.
  truncateSync(path, size)
  appendFileSync(path, '\nlast\n')
  const before = process.memoryUsage().arrayBuffers
  const tail = openTail(path)
  const given: unknown[] = []
  for (let more = true; more; ) {
    const batch = tail.read()
    given.push(...batch.lines.map((line) => line.text), ...batch.oversized)
    more = batch.more
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  }
  expect(given).toEqual(['first', { offset: 6, bytes: size - 5 }, 'last'])
  tail.close()
  expect(readLastLines(path, 2).map((line) => line.text)).toEqual(['first', 'last'])
})

test('a torn line that grows and is rewritten before it ends is returned in its final form', () => {
  const tail = openTail(path)
  writeFileSync(path, 'x'.repeat(200_000))
  expect(tail.read().lines).toEqual([])
  // The part that was searched without success now has a newline, followed by another line.
  const fd = openSync(path, 'r+')
  writeSync(fd, 'short\n', 10)
  closeSync(fd)
  appendFileSync(path, '\nlast\n')
  const lines: TailLine[] = []
  for (let more = true; more; ) {
    const batch = tail.read()
    lines.push(...batch.lines)
    more = batch.more
  }
  expect(lines.map(shape)).toEqual([
    [0, 16, 15],
    [16, 200_000 - 16 + 1, 200_000 - 16],
    [200_001, 5, 4],
  ])
  tail.close()
})
