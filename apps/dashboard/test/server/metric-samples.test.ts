import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readAxisKnots } from '../../src/server/compare/axis-knots.ts'
import { SparklineReader } from '../../src/server/sparkline.ts'
import { temporaryRoot } from '../fixture.ts'

const WIDTH = 128

/** A line of exactly 128 bytes. */
function line(step: number, metrics: object, more: object = {}): string {
  const text = JSON.stringify({ step, metrics, ...more, pad: '' })
  return `${text.slice(0, -2)}${'x'.repeat(WIDTH - 1 - text.length)}"}\n`
}

function fileWith(text: string): { readonly dir: string; readonly path: string } {
  const dir = temporaryRoot()
  const path = join(dir, 'hotcb.metrics.jsonl')
  writeFileSync(path, text)
  return { dir, path }
}

const range = (length: number) => Array.from({ length }, (_, i) => i)

test('a sparkline of a small file has its points by step, the newest of each step', async () => {
  const lines = [line(3, { loss: 3 }), line(1, { loss: 1 }), line(2, { loss: null, b: 5 }), line(4, { b: 1 })]
  const { dir, path } = fileWith(`${lines.join('')}${line(1, { loss: 9 })}{"step":7,"metrics":{"loss":7}}`)
  const reader = new SparklineReader(10)
  const first = await reader.read(path, 'loss', [dir])
  expect(first).toEqual({ name: 'loss', steps: [1, 2, 3], values: [9, null, 3] })
  expect(await reader.read(path, 'b', [dir])).toEqual({ name: 'b', steps: [2, 4], values: [5, 1] })
  expect(await reader.read(path, 'loss', [dir])).toBe(first)
  appendFileSync(path, '\n')
  expect(await reader.read(path, 'loss', [dir])).toEqual({ name: 'loss', steps: [1, 2, 3, 7], values: [9, null, 3, 7] })
  expect(await reader.read(join(dir, 'missing'), 'loss', [dir])).toEqual({ name: 'loss', steps: [], values: [] })
})

test.each([
  [200, range(200)],
  [201, range(201).filter((i) => i % 2 === 0)],
  [402, [...range(402).filter((i) => i % 3 === 0), 401]],
])('of %s points, a sparkline keeps about 200 at most, including the last one', async (count, steps) => {
  const { dir, path } = fileWith(
    range(count)
      .map((step) => line(step, { loss: step }))
      .join(''),
  )
  expect((await new SparklineReader(10).read(path, 'loss', [dir])).steps).toEqual(steps)
})

test('a file of more than 1 MiB is sampled at a few positions, and at its end', async () => {
  const lines = range(8193).map((step) => line(step, { loss: step, ...(step > 4200 && { late: step }) }))
  const { dir, path } = fileWith(lines.slice(0, -1).join(''))
  expect((await new SparklineReader(4).read(path, 'loss', [dir])).steps).toHaveLength(201)
  appendFileSync(path, lines.at(-1) ?? '')
  const reader = new SparklineReader(4)
  const sampled = [0, 2049, 4097, 8192]
  expect(await reader.read(path, 'loss', [dir])).toEqual({ name: 'loss', steps: sampled, values: sampled })
  expect(await reader.read(path, 'late', [dir])).toEqual({ name: 'late', steps: [4201, 8192], values: [4201, 8192] })
  expect(await reader.read(path, 'none', [dir])).toEqual({ name: 'none', steps: [], values: [] })
})

async function knots(text: string): Promise<unknown> {
  const { dir } = fileWith(text)
  return readAxisKnots({ dir, roots: [dir] })
}

test('the knots of an axis are read at 160 positions of the file', async () => {
  const at = (step: number) => line(step, { a: 1 }, { wall_time: 100 + step, epoch: step / 10 })
  const expected = (steps: number[]) => ({
    steps,
    times: steps.map((step) => 100 + step),
    epochs: steps.map((step) => step / 10),
  })
  expect(await knots(range(3).map(at).join(''))).toEqual(expected([0, 1, 2]))
  const many = [0, ...range(158).map((i) => 2 * i + 3), 319]
  expect(await knots(range(320).map(at).join(''))).toEqual(expected(many))
  expect(await knots('')).toEqual(expected([]))
  const dir = temporaryRoot()
  expect(await readAxisKnots({ dir, roots: [dir] })).toEqual(expected([]))
})

test('knots that a later attempt trained again are left out, as are lines that cannot be read', async () => {
  const at = (step: number, wall_time: number) => line(step, { a: 1 }, { wall_time })
  const lines = [at(0, 1), at(1, 2), at(2, 3), at(1, 4), line(0, {}).replace('{', '['), at(3, 5), '{"step":9']
  expect(await knots(lines.join(''))).toEqual({ steps: [0, 1, 3], times: [1, 4, 5], epochs: [null, null, null] })
})

test('knots are found in lines that are longer than one read', async () => {
  const long = (step: number) => `${JSON.stringify({ step, metrics: { a: 1 }, pad: 'x'.repeat(10_000) })}\n`
  expect(await knots(range(3).map(long).join(''))).toEqual({
    steps: [0, 1, 2],
    times: [null, null, null],
    epochs: [null, null, null],
  })
})
