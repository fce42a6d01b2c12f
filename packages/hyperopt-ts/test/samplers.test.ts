import { expect, test } from 'vitest'
import { scrambledHalton } from '../src/halton.ts'
import {
  branch,
  choice,
  createStudy,
  float,
  gridSampler,
  gridSize,
  haltonSampler,
  int,
  normal,
  ordered,
  type Space,
  sobolSampler,
} from '../src/index.ts'
import { createRandom } from '../src/random.ts'
import { sobolSequence } from '../src/sobol.ts'
import published from './fixtures/sobol.json' with { type: 'json' }
import { kolmogorovSmirnov } from './statistics.ts'

const space = {
  lr: float(1e-4, 1, { log: true }),
  n: int(1, 3),
  m: branch({ a: {}, b: { size: ordered(['s', 'l']), x: float(0, 1) }, c: { opt: choice([true, false]) } }),
}

function all(of: Space, options: object, count: number): string[] {
  const study = createStudy({ space: of, sampler: gridSampler(options), seed: 3 })
  return Array.from({ length: count }, () => JSON.stringify(study.ask().params))
}

test('the grid has every combination once, then starts over', () => {
  const size = gridSize(space, { points: 3 })
  expect(size).toBe(3 * 3 * (1 + 2 * 3 + 2))
  const first = all(space, { points: 3 }, size)
  expect(new Set(first).size).toBe(size)
  expect(all(space, { points: 3 }, 2 * size).slice(size)).toEqual(first)
})

test('in order, the last name varies fastest, and both ends of a range are included', () => {
  expect(all({ x: float(1, 100, { log: true }), y: int(0, 1) }, { points: { x: 3 }, inOrder: true }, 7)).toEqual([
    '{"x":1,"y":0}',
    '{"x":1,"y":1}',
    '{"x":10.000000000000002,"y":0}',
    '{"x":10.000000000000002,"y":1}',
    '{"x":100,"y":0}',
    '{"x":100,"y":1}',
    '{"x":1,"y":0}',
  ])
  const values = (dimension: Space[string], points: number) =>
    all({ p: dimension }, { points, inOrder: true }, gridSize({ p: dimension }, { points })).map(
      (text) => JSON.parse(text).p,
    )
  expect(values(int(0, 100), 3)).toEqual([0, 50, 100])
  expect(values(int(0, 2), 5)).toEqual([0, 1, 2])
  expect(values(float(0, 1, { step: 0.5 }), 9)).toEqual([0, 0.5, 1])
  expect(values(normal(0, 1), 3).map((x: number) => Number(x.toFixed(4)))).toEqual([-0.9674, 0, 0.9674])
})

test('an impossible grid is rejected', () => {
  expect(() => gridSize(space, { points: 0 })).toThrow('`points` for `lr` must be a whole number >= 1, got 0')
  const wide = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`x${i}`, float(0, 1)]))
  expect(() => gridSize(wide, { points: 100 })).toThrow(
    'the grid must have at most 2^53 combinations, got 1000000000000000000',
  )
})

test('a Halton sequence puts as many points in every part of a range, in every dimension', () => {
  const sequence = scrambledHalton(5, 12)
  for (const [dimension, base] of [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].entries()) {
    const counts = new Array<number>(base).fill(0)
    for (let i = 0; i < base * 4; i++) {
      const part = Math.floor(sequence(i, dimension) * base)
      counts[part] = (counts[part] ?? 0) + 1
    }
    expect(counts).toEqual(counts.map(() => 4))
  }
})

test('other seeds scramble differently, and high dimensions are not on lines', () => {
  const row = (seed: number) => Array.from({ length: 20 }, (_, i) => scrambledHalton(seed, 3)(i, 2))
  expect(row(1)).not.toEqual(row(2))
  const sequence = scrambledHalton(1, 30)
  const points = Array.from({ length: 60 }, (_, i) => [sequence(i, 28), sequence(i, 29)] as const)
  const mean = (d: 0 | 1) => points.reduce((sum, point) => sum + point[d], 0) / 60
  const cov = points.reduce((sum, [x, y]) => sum + (x - mean(0)) * (y - mean(1)), 0) / 60
  expect(Math.abs(cov * 12)).toBeLessThan(0.4)
})

test('Halton search covers a log range evenly', () => {
  const study = createStudy({ space, sampler: haltonSampler(), seed: 8 })
  const decades = [0, 0, 0, 0]
  for (let i = 0; i < 64; i++) {
    const decade = Math.min(3, Math.floor(Math.log10(study.ask().params.lr) + 4))
    decades[decade] = (decades[decade] ?? 0) + 1
  }
  expect(decades).toEqual([16, 16, 16, 16])
})

test('the generator is uniform, and its streams are independent', () => {
  const random = createRandom(1, 2)
  const a = Array.from({ length: 5000 }, random)
  const other = createRandom(1, 3)
  const b = Array.from({ length: 5000 }, other)
  expect(kolmogorovSmirnov(a, (x) => x)).toBeGreaterThan(0.01)
  const correlation = a.reduce((sum, x, i) => sum + (x - 0.5) * ((b[i] ?? 0) - 0.5), 0) / 5000
  expect(Math.abs(correlation * 12)).toBeLessThan(0.05)
  expect(
    kolmogorovSmirnov(
      Array.from({ length: 3000 }, (_, seed) => createRandom(seed)()),
      (x) => x,
    ),
  ).toBeGreaterThan(0.01)
  expect(
    kolmogorovSmirnov(
      Array.from({ length: 3000 }, (_, n) => createRandom(7, n)()),
      (x) => x,
    ),
  ).toBeGreaterThan(0.01)
  expect(createRandom(2 ** 40)()).not.toBe(createRandom(0)())
})

test('the Sobol sequence has the published points, in all 128 dimensions', () => {
  const sequence = sobolSequence(128)
  const row = (i: number, count = 128) => Array.from({ length: count }, (_, d) => sequence(i, d))
  for (const [i, points] of Object.entries(published.points)) expect(row(Number(i))).toEqual(points)
  // The example of Joe and Kuo's own page.
  expect([0, 1, 2, 3, 4].map((i) => row(i, 5))).toEqual([
    [0, 0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25, 0.75],
    [0.25, 0.75, 0.75, 0.75, 0.25],
    [0.375, 0.375, 0.625, 0.875, 0.375],
  ])
})

test('scrambled Sobol points keep one point in each box, and are uniform over seeds', () => {
  const sequence = sobolSequence(6, 9)
  for (const d of [0, 1, 4, 5]) {
    for (const e of [2, 3]) {
      if (d === e) continue
      // With 64 points, each box of the first two dimensions contains one, and so does each of 64 intervals of any dimension.
      const parts = new Set(Array.from({ length: 64 }, (_, i) => Math.floor(sequence(i, d) * 64)))
      expect(parts.size).toBe(64)
    }
  }
  const boxes = new Set(
    Array.from({ length: 64 }, (_, i) => `${Math.floor(sequence(i, 0) * 8)},${Math.floor(sequence(i, 1) * 8)}`),
  )
  expect(boxes.size).toBe(64)
  const firsts = Array.from({ length: 2000 }, (_, seed) => sobolSequence(3, seed)(5, 2))
  expect(kolmogorovSmirnov(firsts, (x) => x)).toBeGreaterThan(0.01)
})

test('Sobol search produces the published points without scrambling, and rejects too many parameters', () => {
  const study = createStudy({ space: { x: float(0, 1), y: float(0, 1) }, sampler: sobolSampler({ scramble: false }) })
  expect([study.ask(), study.ask(), study.ask()].map(({ params }) => [params.x, params.y])).toEqual([
    [0, 0],
    [0.5, 0.5],
    [0.75, 0.25],
  ])
  const wide = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`x${i}`, float(0, 1)]))
  expect(() => createStudy({ space: wide, sampler: sobolSampler() })).toThrow(
    'sobolSampler() takes at most 128 parameters, got 129',
  )
})
