import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { MetricTable } from '../src/history/metric-table.ts'
import { sampleTable } from '../src/node/history/sample.ts'
import { Source } from '../src/node/history/source.ts'
import { temporaryDirectory } from './directory.ts'

// Files of at most a few megabytes; sample.test.ts uses a long one.

/** Samples a file with this text. `reads` contains the position and the length of each read. */
function sampled(text: string, sampleBytes?: number) {
  const path = join(temporaryDirectory(), 'hotcb.metrics.jsonl')
  writeFileSync(path, text)
  const source = new Source(path)
  onTestFinished(() => source.close())
  const reads: { readonly position: number; readonly length: number }[] = []
  const read = (bytes: Buffer, position: number): number => {
    reads.push({ position, length: bytes.length })
    return source.read(bytes, position)
  }
  // A sample uses only `read`.
  const table = sampleTable({ read } as unknown as Source, statSync(path).size, sampleBytes)
  return { table, reads, steps: stepsOf(table) }
}

function stepsOf(table: MetricTable): number[] {
  return [...table.steps.data.subarray(0, table.steps.length)]
}

/** Lines of 100 bytes each. */
function hundredBytes(count: number): string {
  const line = (step: number) => `{"step":${step},"metrics":{"loss":${step}}`
  return Array.from({ length: count }, (_, step) => `${line(step).padEnd(98)}}\n`).join('')
}

const KIB = 1024

test('positions are spread evenly over the file, the first at its start and the last at its end', () => {
  const { reads, steps } = sampled(hundredBytes(20_000))
  // The first read only measures a line.
  const [measured, ...places] = reads
  expect(measured).toEqual({ position: 0, length: 16 * KIB })
  expect(places).toHaveLength(300)
  expect(places[0]).toEqual({ position: 0, length: 16 * KIB })
  expect(places.at(-1)?.position).toBe(2_000_000 - 16 * KIB)
  const distances = places.slice(1).map(({ position }, at) => position - (places[at]?.position ?? 0))
  expect(Math.max(...distances) - Math.min(...distances)).toBeLessThanOrEqual(1)
  expect([steps[0], steps.at(-1)]).toEqual([0, 19_999])
})

test('each position yields all lines that are complete there, and nothing from the others', () => {
  const { table, steps } = sampled(hundredBytes(20_000))
  // 16 KiB contain 163 complete lines, or 162 if the first one is cut off.
  expect(steps.length).toBeGreaterThanOrEqual(300 * 162)
  expect(steps.length).toBeLessThanOrEqual(300 * 163)
  const { values } = table.points(table.scanner.idOf('loss'), undefined)
  expect([values.length, values.every((value, at) => value === steps[at])]).toEqual([steps.length, true])
  expect(steps.every(Number.isInteger)).toBe(true)
})

test('the number of positions depends on the number of bytes to read, and is at least 48', () => {
  const text = hundredBytes(10_000)
  const places = (sampleBytes: number) => sampled(text, sampleBytes).reads.length - 1
  expect([0, 48 * 16 * KIB, 60 * 16 * KIB, 60 * 16 * KIB - 1].map(places)).toEqual([48, 48, 60, 59])
})

test('a file with long lines has fewer positions, at least 16, each with room for a whole line', () => {
  const line = (step: number, length: number) =>
    `{"step":${step},"metrics":{"loss":${step}},"note":"${'x'.repeat(length)}"}\n`
  const long = sampled(Array.from({ length: 60 }, (_, step) => line(step, 100_000)).join(''))
  const [place] = long.reads.slice(-1)
  expect(place?.length).toBe(2 * line(0, 100_000).length)
  // 4.8 MB in reads of that length.
  expect(long.reads.filter(({ length }) => length === place?.length)).toHaveLength(24)
  expect(new Set(long.steps).size).toBeGreaterThan(20)
  expect([long.steps[0], long.steps.at(-1)]).toEqual([0, 59])
  const longer = sampled(Array.from({ length: 8 }, (_, step) => line(step, 700_000)).join(''))
  expect(longer.reads.filter(({ length }) => length > 1_400_000)).toHaveLength(16)
  expect(longer.steps.at(-1)).toBe(7)
})

test('lines that are not records, and a torn last line, are left out', () => {
  const { steps } = sampled(`${'no record\n'.repeat(3000)}${hundredBytes(1000)}{"step":5000,"metrics":{"loss"`)
  expect(new Set(steps).size).toBe(1000)
  expect(Math.max(...steps)).toBe(999)
})

test('a file without a line break has no records, no matter how long it is', () => {
  const { table, reads } = sampled('x'.repeat(300_000))
  expect(table.steps.length).toBe(0)
  // The search for the end of the first line reads four times as much each time, and ends with the file.
  expect(reads.slice(0, 4).map(({ length }) => length)).toEqual([16 * KIB, 64 * KIB, 256 * KIB, 300_000])
  expect(reads.slice(4).map(({ length }) => length)).toEqual(Array(150).fill(32 * KIB))
})
