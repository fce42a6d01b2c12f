import { expect, test } from 'vitest'
import { createAxis } from '../src/axis.ts'
import { neighbourBandwidth, scottBandwidth } from '../src/bandwidth.ts'
import { choice, type Dimension, float, int } from '../src/dimension.ts'
import { ParzenEstimator } from '../src/parzen.ts'
import { createPrior } from '../src/prior.ts'
import { createRandom } from '../src/random.ts'
import { TrialTable } from '../src/trial-table.ts'
import { integrate, kolmogorovSmirnov } from './statistics.ts'

function fitted(dimensions: readonly Dimension[], rows: readonly (readonly number[])[], options: object = {}) {
  const axes = dimensions.map((dimension, i) => createAxis(`p${i}`, dimension))
  const table = new TrialTable(axes, 'minimize')
  for (const [number, row] of rows.entries()) table.begin(number, row)
  const estimator = new ParzenEstimator({
    table,
    dimensions: axes.map((_, d) => d),
    bandwidth: neighbourBandwidth(),
    priorWeight: 1,
    priors: axes.map((axis) => createPrior(axis)),
    ...options,
  })
  const members = Int32Array.from(rows.keys())
  estimator.fit(members, new Uint8Array(rows.length).fill(1), new Float64Array(rows.length).fill(1))
  return { estimator, axes, table }
}

const density = (estimator: ParzenEstimator, ...x: number[]): number =>
  Math.exp(estimator.logDensity(Float64Array.from(x)))

test('the density over one float integrates to one', () => {
  const { estimator } = fitted([float(0, 1)], [[0.1], [0.12], [0.5], [0.99]])
  expect(integrate((x) => density(estimator, x), 0, 1)).toBeCloseTo(1, 8)
})

test('the density over a float, an int and a choice sums to one', () => {
  const dimensions = [float(0, 1), int(1, 4), choice(['a', 'b', 'c'])]
  const { estimator, axes } = fitted(dimensions, [
    [0.1, 0.125, 0],
    [0.9, 0.875, 2],
    [0.4, 0.125, 2],
  ])
  let sum = 0
  for (let cell = 0; cell < 4; cell++) {
    const y = (cell + 0.5) / 4
    for (let value = 0; value < (axes[2]?.count ?? 0); value++) {
      sum += integrate((x) => density(estimator, x, y, value), 0, 1) / 4
    }
  }
  expect(sum).toBeCloseTo(1, 8)
})

test('samples follow the density', () => {
  const { estimator } = fitted([float(0, 1)], [[0.2], [0.25], [0.8]])
  const random = createRandom(5)
  const row = new Float64Array(1)
  const samples = Array.from({ length: 3000 }, () => {
    estimator.sample(random, row)
    return row[0] ?? 0
  })
  const steps = 4000
  const sums = [0]
  for (let i = 0; i < steps; i++) sums.push((sums[i] ?? 0) + density(estimator, (i + 0.5) / steps) / steps)
  expect(kolmogorovSmirnov(samples, (x) => sums[Math.round(x * steps)] ?? 0)).toBeGreaterThan(0.01)
})

test('values without order are drawn in proportion to the density', () => {
  const { estimator } = fitted([choice(['a', 'b', 'c'])], [[0], [0], [2]])
  const random = createRandom(6)
  const row = new Float64Array(1)
  const counts = [0, 0, 0]
  for (let i = 0; i < 20_000; i++) {
    estimator.sample(random, row)
    counts[row[0] ?? 0] = (counts[row[0] ?? 0] ?? 0) + 1
  }
  for (const value of [0, 1, 2]) expect((counts[value] ?? 0) / 20_000).toBeCloseTo(density(estimator, value), 2)
})

test('without trials the density is the prior', () => {
  const { estimator } = fitted([float(0, 1), choice(['a', 'b'])], [])
  expect(density(estimator, 0.3, 1)).toBeCloseTo(0.5, 12)
})

test('a density that is certain to exceed `enough` is not summed to the end', () => {
  const { estimator } = fitted([float(0, 1)], [[0.5], [0.50001], [0.50002], [0.1]])
  const whole = estimator.logDensity(Float64Array.of(0.5))
  const part = estimator.logDensity(Float64Array.of(0.5), whole - 1)
  expect(part).toBeGreaterThan(whole - 1)
  expect(estimator.logDensity(Float64Array.of(0.5), whole + 1)).toBe(whole)
})

test('a refit to other trials of the same table equals a new fit', () => {
  const rows = Array.from({ length: 30 }, (_, i) => [(i * 0.37) % 1])
  const { estimator, table } = fitted([float(0, 1)], rows)
  const some = rows.flatMap((_, i) => (i % 3 === 0 ? [i] : []))
  const marks = new Uint8Array(30)
  for (const i of some) marks[i] = 1
  estimator.fit(Int32Array.from(some), marks, new Float64Array(some.length).fill(1))
  const fresh = fitted(
    [float(0, 1)],
    some.map((i) => rows[i] ?? []),
  )
  expect(table.size).toBe(30)
  for (const x of [0, 0.2, 0.5, 0.77, 1]) expect(density(estimator, x)).toBeCloseTo(density(fresh.estimator, x), 12)
})

test('neighbours determine the widths, within the clip', () => {
  const out = new Float64Array(4)
  neighbourBandwidth()(Float64Array.of(0.1, 0.2, 0.5, 0.51), out, { range: 1, dimensions: 1 })
  expect([...out].map((x) => Number(x.toFixed(6)))).toEqual([0.166667, 0.3, 0.3, 0.166667])
  neighbourBandwidth({ clip: 4 })(Float64Array.of(0.1, 0.2, 0.5, 0.51), out, { range: 1, dimensions: 1 })
  expect([...out].map((x) => Number(x.toFixed(6)))).toEqual([0.25, 0.3, 0.3, 0.25])
  const lone = new Float64Array(1)
  neighbourBandwidth()(Float64Array.of(0.3), lone, { range: 1, dimensions: 1 })
  expect(lone[0]).toBe(0.5)
})

test("Scott's width falls with the number of values and has a floor", () => {
  const width = (values: number[], dimensions = 1) => {
    const out = new Float64Array(values.length)
    scottBandwidth()(Float64Array.from(values), out, { range: 1, dimensions })
    return out[0] ?? 0
  }
  const spread = Array.from({ length: 32 }, (_, i) => i / 31)
  expect(width(spread)).toBeCloseTo(Math.sqrt((32 ** 2 - 1) / 12) / 31 / 2, 12)
  expect(width(spread, 6)).toBeGreaterThan(width(spread))
  expect(width([0.5, 0.5, 0.5])).toBe(0.03)
})
