import { expect, test } from 'vitest'
import { createAxis } from '../src/axis.ts'
import { type Dimension, float, int, normal, ordered } from '../src/dimension.ts'
import { createLine, kernelNorm, kernelQuantile } from '../src/kernel.ts'
import { createPrior } from '../src/prior.ts'
import { createRandom } from '../src/random.ts'
import { normalCdf } from '../src/special.ts'
import { logMass, logTruncatedNorm, truncatedQuantile } from '../src/truncated-normal.ts'
import { chiSquareQuantile999, integrate, kolmogorovSmirnov } from './statistics.ts'

const CUTS = [
  { mean: 0.5, sigma: 1 },
  { mean: 0, sigma: 0.1 },
  { mean: 1, sigma: 0.01 },
  { mean: 0.3, sigma: 0.25 },
  { mean: 0.9, sigma: 5 },
]

for (const { mean, sigma } of CUTS) {
  test(`the normal density around ${mean}, ${sigma} wide, cut off at 0 and 1 integrates to one`, () => {
    const norm = logTruncatedNorm(mean, sigma, 0, 1)
    const density = (x: number): number => Math.exp(-0.5 * ((x - mean) / sigma) ** 2 - norm)
    expect(integrate(density, 0, 1)).toBeCloseTo(1, 9)
  })

  test(`samples around ${mean}, ${sigma} wide, follow that density`, () => {
    const random = createRandom(7)
    const quantile = truncatedQuantile(mean, sigma, 0, 1)
    const samples = Array.from({ length: 4000 }, () => quantile(random()))
    const below = normalCdf((0 - mean) / sigma)
    const inside = normalCdf((1 - mean) / sigma) - below
    expect(kolmogorovSmirnov(samples, (x) => (normalCdf((x - mean) / sigma) - below) / inside)).toBeGreaterThan(0.01)
  })
}

test('the mass between two bounds agrees with the distribution function', () => {
  for (const [a, b] of [
    [-0.5, 0.5],
    [-3, 0],
    [0, 12],
    [-20, 20],
    [0, 0.001],
  ] as const) {
    expect(Math.exp(logMass(a, b))).toBeCloseTo(normalCdf(b) - normalCdf(a), 14)
  }
})

const GRIDS: Record<string, Dimension> = {
  'an int': int(1, 12),
  'a log int': int(1, 100, { log: true }),
  'a stepped float': float(0, 1, { step: 0.05 }),
  'an ordered list': ordered(['s', 'm', 'l', 'xl']),
}

for (const [name, dimension] of Object.entries(GRIDS)) {
  const axis = createAxis('p', dimension)
  const line = createLine(axis)
  const widths = Array.from({ length: axis.count }, (_, i) => axis.edge(i + 1) - axis.edge(i))
  const middles = widths.map((_, i) => axis.coordinate(axis.value((axis.edge(i) + axis.edge(i + 1)) / 2)))
  const shares = (mean: number, sigma: number): number[] => {
    const norm = kernelNorm(line, mean, sigma)
    return middles.map((x, i) => Math.exp(-0.5 * ((x - mean) / sigma) ** 2 - norm) * (widths[i] ?? 0))
  }

  test(`a kernel's probabilities of the values of ${name} add up to one`, () => {
    for (const cell of [0, 1, axis.count - 1]) {
      for (const sigma of [0.02, 0.2, 3]) {
        const mean = middles[cell] ?? 0
        expect(shares(mean, Math.max(sigma, line.leastSigma(mean))).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      }
    }
  })

  test(`samples of a kernel over ${name} follow its probabilities`, () => {
    const random = createRandom(11)
    const mean = middles[1] ?? 0
    const expected = shares(mean, 0.2)
    const counts = expected.map(() => 0)
    for (let i = 0; i < 5000; i++) {
      const cell = axis.cell(kernelQuantile(line, mean, 0.2)(random()))
      counts[cell] = (counts[cell] ?? 0) + 1
    }
    expect(chiSquare(counts, expected)).toBeLessThan(chiSquareQuantile999(axis.count - 1))
  })
}

test('a normal parameter has kernels without bounds', () => {
  const line = createLine(createAxis('p', normal(0, 1)))
  const norm = kernelNorm(line, 5, 0.5)
  expect(integrate((x) => Math.exp(-0.5 * ((x - 5) / 0.5) ** 2 - norm), -1, 11)).toBeCloseTo(1, 9)
  expect(kernelQuantile(line, 5, 0.5)(0.5)).toBeCloseTo(5, 12)
})

test('priors integrate to one, including those from beliefs', () => {
  const axis = createAxis('p', float(0, 10))
  for (const prior of [createPrior(axis), createPrior(axis, { at: 9, width: 0.2 })]) {
    expect(integrate((x) => Math.exp(prior.logDensity(x)), 0, 1)).toBeCloseTo(1, 9)
  }
  expect(createPrior(axis, { at: 9, width: 0.05 }).draw(0.4)).toBeCloseTo(0.9, 1)
})

test('weights of a belief are the probabilities of the values', () => {
  const prior = createPrior(createAxis('p', ordered(['a', 'b', 'c'])), { weights: { a: 3, c: 0 } })
  const draws = [0, 0.7, 0.76, 0.99].map((u) => prior.draw(u))
  expect(draws.map((x) => Math.floor(x * 3))).toEqual([0, 0, 1, 1])
  expect(Math.exp(prior.logDensity(0.1)) / 3).toBeCloseTo(0.75, 12)
})

function chiSquare(counts: readonly number[], shares: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b)
  return counts.reduce((sum, count, i) => {
    const expected = Math.max(1e-3, (shares[i] ?? 0) * total)
    return sum + (count - expected) ** 2 / expected
  }, 0)
}
