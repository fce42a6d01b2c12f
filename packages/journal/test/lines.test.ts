import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JournalError, type OversizedLine, readLastLines, readLastLinesAsync, readLines } from '../src/index.ts'
import { referenceLines } from './reference.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-lines-'))
  path = join(directory, 'l.jsonl')
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a missing file has no lines, and a directory is an error', () => {
  expect([[...readLines(path)], readLastLines(path, 5)]).toEqual([[], []])
  mkdirSync(path)
  expect(() => [...readLines(path)]).toThrow(JournalError)
  expect(() => readLastLines(path, 5)).toThrow(`cannot read \`${path}\`: it is a directory`)
})

test('the last lines are correct wherever blocks are split, even within the byte order mark', () => {
  for (let size = 8185; size < 8200; size++) {
    const bytes = Buffer.from(`\uFEFF${'a'.repeat(size - 7)}\nbb\n`)
    writeFileSync(path, bytes)
    expect([size, readLastLines(path, 9)]).toEqual([size, referenceLines(bytes).lines])
  }
})

test('a long line after a byte order mark is reported with its offset, forwards and backwards', () => {
  const bytes = Buffer.from(`\uFEFF${'z'.repeat(40_000)}\nlast\n`)
  writeFileSync(path, bytes)
  const told: OversizedLine[] = []
  const options = { maxLineBytes: 100, onOversized: (line: OversizedLine) => told.push(line) }
  expect([...readLines(path, options)]).toEqual([{ text: 'last', offset: 40_004, bytes: 5 }])
  expect(readLastLines(path, 9, options)).toEqual([{ text: 'last', offset: 40_004, bytes: 5 }])
  const first = { offset: 3, bytes: 40_001 }
  expect(told).toEqual([first, first])
})

test('a read that begins beyond the end of the file returns nothing', () => {
  writeFileSync(path, 'a\n')
  expect([[...readLines(path, { from: 100 })], readLastLines(path, 5, { before: 0 })]).toEqual([[], []])
  expect(() => [...readLines(path, { from: -1 })]).toThrow(new RangeError('`from` must be a whole number >= 0, got -1'))
})

test('fewer bytes than a byte order mark, or a truncated one, are text', () => {
  for (const head of [[0xef], [0xef, 0xbb], [0xef, 0xbb, 0x61], [0xbb, 0xbf]]) {
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from('\n')])
    writeFileSync(path, bytes)
    expect([[...readLines(path)], readLastLines(path, 9)]).toEqual(Array(2).fill(referenceLines(bytes).lines))
  }
})

test('lines that are too long are reported from last to first when reading backwards, except a torn one at the end', async () => {
  const bytes = Buffer.from(
    `${'a'.repeat(20_000)}\nb\n${'c'.repeat(30_000)}\n${'d'.repeat(10)}\ntorn ${'e'.repeat(50_000)}`,
  )
  writeFileSync(path, bytes)
  const { lines, oversized } = referenceLines(bytes, 9)
  for (const count of [1, 2, 9]) {
    const reported: OversizedLine[] = []
    const options = { maxLineBytes: 9, onOversized: (line: OversizedLine) => reported.push(line) }
    expect(readLastLines(path, count, options)).toEqual(lines)
    const forwards = reported.splice(0).reverse()
    expect(forwards).toEqual(oversized)
    expect(await readLastLinesAsync(path, count, options)).toEqual(lines)
    expect(reported.reverse()).toEqual(oversized)
  }
  expect(readLastLines(path, 1, { maxLineBytes: 10 })).toEqual([expect.objectContaining({ text: 'd'.repeat(10) })])
})

test('a page limited in bytes ends at the block that reaches the limit, and a line longer than the limit is complete', async () => {
  const line = (i: number) => `${String(i).padStart(99, '0')}\n`
  writeFileSync(path, Array.from({ length: 1000 }, (_, i) => line(i)).join(''))
  for (const [maxBytes, count] of [
    [1, 81],
    [8192, 81],
    [8193, 245],
    [24_576, 245],
    [24_577, 573],
    [Number.POSITIVE_INFINITY, 1000],
  ] as const) {
    const page = readLastLines(path, 5000, { maxBytes })
    expect([maxBytes, page.length, page.at(-1)?.text]).toEqual([maxBytes, count, line(999).trimEnd()])
    expect(await readLastLinesAsync(path, 5000, { maxBytes })).toEqual(page)
  }
  const second = readLastLines(path, 5000, { maxBytes: 1, before: 91_900 })
  expect([second.length, second.at(-1)?.text]).toEqual([81, line(918).trimEnd()])
})

test('a page limited in bytes is empty if its only lines are too long', () => {
  writeFileSync(path, `first\n${'x'.repeat(300_000)}\n`)
  expect(readLastLines(path, 1, { maxBytes: 1000, maxLineBytes: 2000 })).toEqual([])
  expect(readLastLines(path, 1, { maxBytes: 1000, maxLineBytes: 400_000 })).toHaveLength(1)
  expect(readLastLines(path, 1, { maxLineBytes: 2000 })).toEqual([{ text: 'first', offset: 0, bytes: 6 }])
})

test('a read ends if the file has been truncated, and the file is closed when the reader stops', () => {
  const line = `${'x'.repeat(999)}\n`
  writeFileSync(path, line.repeat(3000))
  let count = 0
  for (const { text } of readLines(path)) {
    if (count++ === 0) writeFileSync(path, 'short\n')
    expect(text).toHaveLength(999)
  }
  // The first block of 1 MiB was already read.
  expect(count).toBe(1048)
})
