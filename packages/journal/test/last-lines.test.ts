import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type OversizedLine, readLastLines, readLines } from '../src/index.ts'
import { referenceLines } from './reference.ts'
import { callsOf, replace, restore } from './system.ts'

vi.mock('node:fs', async (importOriginal) => {
  const { observed } = await import('./system.ts')
  return observed(await importOriginal<object>())
})

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'journal-last-lines-'))
  path = join(directory, 'l.jsonl')
})
afterEach(() => {
  restore()
  rmSync(directory, { recursive: true, force: true })
})

const KIB = 1024

/** Records the place and the length of each read from now on. */
function recordReads(): (readonly [number, number])[] {
  const reads: (readonly [number, number])[] = []
  replace('readSync', (real) => (...given) => {
    reads.push([Number(given[4]), Number(given[3])])
    return real(...given)
  })
  return reads
}

test('every short file has the same last lines backwards and forwards, for each limit of length and count', () => {
  const pieces = ['a', '\n', '\r\n', 'é', '\uFEFF', ' ']
  const texts = pieces.flatMap((one) => pieces.flatMap((two) => pieces.flatMap((three) => `${one}${two}${three}\n`)))
  for (const text of ['', 'torn', ...texts, ...texts.map((text) => `${text}bb\n${text}torn`)]) {
    const bytes = Buffer.from(text)
    writeFileSync(path, bytes)
    const expected = referenceLines(bytes, 2)
    const reported: OversizedLine[] = []
    const options = { maxLineBytes: 2, onOversized: (line: OversizedLine) => reported.push(line) }
    const all = readLastLines(path, 99, options)
    expect({ text, all, reported }).toEqual({ text, all: expected.lines, reported: [...expected.oversized].reverse() })
    const counts = [0, 1, 2].map((count) => readLastLines(path, count, { maxLineBytes: 2 }))
    expect([text, counts]).toEqual([text, [0, 1, 2].map((count) => (count === 0 ? [] : expected.lines.slice(-count)))])
  }
})

test('lines of every length around the block size are found completely, or reported as too long', () => {
  const lengths = [0, 1, 8 * KIB - 1, 8 * KIB, 8 * KIB + 1, 20_000]
  for (const first of lengths) {
    for (const second of lengths) {
      for (const torn of [0, 3, 8 * KIB, 30_000]) {
        const bytes = Buffer.from(`${'a'.repeat(first)}\n${'b'.repeat(second)}\nlast\n${'t'.repeat(torn)}`)
        writeFileSync(path, bytes)
        for (const maxLineBytes of [8 * KIB, 100_000]) {
          const { lines, oversized } = referenceLines(bytes, maxLineBytes)
          const reported: OversizedLine[] = []
          const found = readLastLines(path, 9, { maxLineBytes, onOversized: (line) => reported.push(line) })
          const shape = (all: readonly { offset: number; bytes: number }[]) =>
            all.map((line) => [line.offset, line.bytes])
          expect([first, second, torn, shape(found), shape(reported)]).toEqual([
            first,
            second,
            torn,
            shape(lines),
            shape([...oversized].reverse()),
          ])
        }
      }
    }
  }
})

describe('the cost of reading the last lines', () => {
  test('is one block of 8 KiB for a few short lines of a long file', () => {
    writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(10_000))
    const reads = recordReads()
    expect(readLastLines(path, 3)).toHaveLength(3)
    expect(reads).toEqual([[1_000_000 - 8 * KIB, 8 * KIB]])
    reads.length = 0
    expect(readLastLines(path, 3, { before: 500_000 }).at(-1)?.offset).toBe(499_900)
    expect(reads).toEqual([[500_000 - 8 * KIB, 8 * KIB]])
  })

  test('is blocks that double in size up to 256 KiB, for many lines', () => {
    writeFileSync(path, `${'x'.repeat(99)}\n`.repeat(12_000))
    const reads = recordReads()
    expect(readLastLines(path, 20_000)).toHaveLength(12_000)
    const sizes = [8, 16, 32, 64, 128, 256, 256, 256].map((size) => size * KIB)
    const rest = 1_200_000 - sizes.reduce((sum, size) => sum + size, 0)
    expect(reads.map(([, length]) => length)).toEqual([...sizes, rest])
    expect(reads.at(-1)).toEqual([0, rest])
  })

  test('is blocks at least as long as the part already read of a long line, so that it is not copied repeatedly', () => {
    writeFileSync(path, `first\n${'x'.repeat(3_000_000)}\n`)
    const reads = recordReads()
    expect(readLastLines(path, 1)[0]?.bytes).toBe(3_000_001)
    const lengths = reads.map(([, length]) => length / KIB)
    expect(lengths.slice(0, 8)).toEqual([8, 16, 32, 64, 128, 256, 504, 1008])
    expect(reads.length).toBe(9)
  })

  test('is at most the longest allowed line and one block, for a line that is too long', () => {
    writeFileSync(path, `first\n${'x'.repeat(3_000_000)}\n`)
    const reads = recordReads()
    expect(readLastLines(path, 1, { maxBytes: 1000, maxLineBytes: 100_000 })).toEqual([])
    expect(reads.map(([, length]) => length / KIB)).toEqual([8, 16, 32, 64])
  })

  test('never leaves a byte order mark for a separate block', () => {
    for (const size of [8 * KIB, 8 * KIB + 1, 8 * KIB + 2]) {
      writeFileSync(path, `${'x'.repeat(size - 1)}\n`)
      const reads = recordReads()
      readLastLines(path, 1)
      expect([size, reads]).toEqual([size, [[0, size]]])
    }
    writeFileSync(path, `${'x'.repeat(8 * KIB + 2)}\n`)
    const reads = recordReads()
    readLastLines(path, 1)
    expect(reads).toEqual([
      [3, 8 * KIB],
      [0, 3],
    ])
  })
})

test('the rest is requested if the system returns fewer bytes than requested', () => {
  const text = Array.from({ length: 50 }, (_, i) => `line ${i}\n`).join('')
  writeFileSync(path, text)
  replace('readSync', (real) => (fd, buffer, at, length, position) => {
    return real(fd, buffer, at, Math.min(7, Number(length)), position)
  })
  const { lines } = referenceLines(Buffer.from(text))
  expect([readLastLines(path, 99), [...readLines(path)]]).toEqual([lines, lines])
  expect(callsOf('openSync')).toBe(callsOf('closeSync'))
})
