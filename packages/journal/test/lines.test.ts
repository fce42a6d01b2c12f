import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { JournalError, type OversizedLine, readLastLines, readLines } from '../src/index.ts'
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

test('a read that begins behind the end of the file returns nothing', () => {
  writeFileSync(path, 'a\n')
  expect([[...readLines(path, { from: 100 })], readLastLines(path, 5, { before: 0 })]).toEqual([[], []])
  expect(() => [...readLines(path, { from: -1 })]).toThrow(new RangeError('`from` must be a whole number >= 0, got -1'))
})
