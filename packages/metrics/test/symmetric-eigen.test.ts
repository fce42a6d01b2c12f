import { describe, expect, test } from 'vitest'
import { principalComponents } from '../src/principal-components.ts'
import { symmetricEigen } from '../src/symmetric-eigen.ts'
import { seeded } from './judge/seeded.ts'

type Matrix = readonly (readonly number[])[]

/** Checks that vectors are orthonormal eigenvectors of the matrix, in descending order of their values. Returns the values. */
function valuesOf(matrix: Matrix): number[] {
  const n = matrix.length
  const { values, vectors } = symmetricEigen(Float64Array.from(matrix.flat()), n)
  const size = Math.max(...matrix.flat().map(Math.abs), Number.MIN_VALUE)
  expect([values.length, vectors.length]).toEqual([n, n])
  for (const [k, vector] of vectors.entries()) {
    const value = values[k] ?? Number.NaN
    if (k > 0) expect(value).toBeLessThanOrEqual(values[k - 1] ?? Number.NaN)
    for (const [i, row] of matrix.entries()) {
      const product = row.reduce((sum, entry, j) => sum + (entry / size) * (vector[j] ?? 0), 0)
      expect(Math.abs(product - (value / size) * (vector[i] ?? 0))).toBeLessThan(1e-13 * n)
    }
    for (const [other, another] of vectors.entries()) {
      const product = another.reduce((sum, entry, j) => sum + entry * (vector[j] ?? 0), 0)
      expect(Math.abs(product - (other === k ? 1 : 0))).toBeLessThan(1e-13 * n)
    }
  }
  return [...values]
}

function randomMatrix(n: number, seed: number): number[][] {
  const random = seeded(seed)
  const rows = Array.from({ length: n }, () => Array.from({ length: n }, () => random() * 2 - 1))
  return rows.map((row, i) => row.map((entry, j) => entry + (rows[j]?.[i] ?? 0)))
}

describe('the eigenvalues of a symmetric matrix', () => {
  test.each([1, 2, 3, 4, 7, 12, 30])('with %d rows are in descending order, with orthonormal vectors', (n) => {
    for (const seed of [1, 2, 3]) {
      const matrix = randomMatrix(n, 10 * n + seed)
      const values = valuesOf(matrix)
      const trace = matrix.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(trace, 10)
    }
  })

  test('match those that are known in closed form', () => {
    expect(valuesOf([])).toEqual([])
    expect(valuesOf([[-3]])).toEqual([-3])
    expect(
      valuesOf([
        [2, 1],
        [1, 2],
      ]),
    ).toEqual([3, 1].map((value) => expect.closeTo(value, 12)))
    expect(
      valuesOf([
        [1, 0, 0],
        [0, 5, 0],
        [0, 0, 3],
      ]),
    ).toEqual([5, 3, 1])
    // The second difference: 2 - 2 cos(k pi / (n + 1)).
    const n = 9
    const difference = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_, j) => [2, -1][Math.abs(i - j)] ?? 0),
    )
    const exact = Array.from({ length: n }, (_, k) => 2 + 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))
    expect(valuesOf(difference)).toEqual(exact.map((value) => expect.closeTo(value, 12)))
  })

  test('may be equal, zero or negative', () => {
    expect(
      valuesOf([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([0, 0])
    expect(
      valuesOf([
        [4, 0, 0],
        [0, 4, 0],
        [0, 0, 4],
      ]),
    ).toEqual([4, 4, 4])
    expect(
      valuesOf([
        [0, 1],
        [1, 0],
      ]),
    ).toEqual([1, -1].map((value) => expect.closeTo(value, 12)))
    const ones = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => -1))
    expect(valuesOf(ones)).toEqual([0, 0, 0, 0, 0, -6].map((value) => expect.closeTo(value, 12)))
    expect(
      valuesOf([
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]),
    ).toEqual([1, 1, -1, -1].map((value) => expect.closeTo(value, 12)))
    // A column that is already zero below its subdiagonal element needs no reflection.
    expect(
      valuesOf([
        [1, 2, 0, 0],
        [2, 1, 3, 0],
        [0, 3, 1, 4],
        [0, 0, 4, 1],
      ]),
    ).toHaveLength(4)
  })

  test('scale with the matrix, no matter how large or small its numbers are', () => {
    const matrix = randomMatrix(5, 77)
    const plain = valuesOf(matrix)
    for (const factor of [1e300, 1e-300, 1e160, 1e-160]) {
      const scaled = valuesOf(matrix.map((row) => row.map((entry) => entry * factor)))
      expect(scaled.map((value) => value / factor)).toEqual(plain.map((value) => expect.closeTo(value, 11)))
    }
    // Numbers far smaller than the largest have no effect.
    expect(
      valuesOf([
        [1, 1e-200],
        [1e-200, 1],
      ]),
    ).toEqual([1, 1])
    expect(
      valuesOf([
        [1e300, 1e-5],
        [1e-5, -1e300],
      ]),
    ).toEqual([1e300, -1e300])
  })
})

describe('principal components', () => {
  const random = seeded(5)
  const cloud = Array.from({ length: 40 }, () => {
    const [a, b] = [random() - 0.5, random() - 0.5]
    return Float64Array.of(10 * a + 3, 2 * b - 1, 10 * a + b, 7, 0.01 * random())
  })
  const variance = (rows: readonly ArrayLike<number>[], at: number) => {
    const values = rows.map((row) => row[at] ?? Number.NaN)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  }

  test('have descending variances around a mean of 0, which add up to the total variance', () => {
    const rows = principalComponents(cloud, 5)
    const spreads = [0, 1, 2, 3, 4].map((at) => variance(rows, at))
    for (let at = 1; at < 5; at++) expect(spreads[at]).toBeLessThanOrEqual((spreads[at - 1] ?? 0) + 1e-9)
    const whole = [0, 1, 2, 3, 4].reduce((sum, at) => sum + variance(cloud, at), 0)
    expect(spreads.reduce((sum, spread) => sum + spread, 0)).toBeCloseTo(whole, 8)
    for (let at = 0; at < 5; at++) expect(rows.reduce((sum, row) => sum + (row[at] ?? 0), 0)).toBeCloseTo(0, 9)
    expect(spreads[0]).toBeGreaterThan(10 * (spreads[1] ?? 0))
  })

  test('preserve the distances between the rows, even if there are fewer rows than columns', () => {
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Math.hypot(...Array.from(a, (value, at) => value - (b[at] ?? 0)))
    for (const given of [cloud, cloud.slice(0, 3), cloud.slice(0, 2)]) {
      const rows = principalComponents(given, 5)
      expect(rows).toHaveLength(given.length)
      for (let i = 0; i < given.length; i++) {
        for (let j = 0; j < i; j++) {
          const [a, b, c, d] = [rows[i] ?? [], rows[j] ?? [], given[i] ?? [], given[j] ?? []]
          expect(distance(a, b)).toBeCloseTo(distance(c, d), 6)
        }
      }
    }
  })

  test('have a positive largest score in each direction, and are 0 beyond the rank', () => {
    for (const given of [cloud, cloud.slice(0, 3), cloud.map((row) => row.map((value) => -value))]) {
      const rows = principalComponents(given, 6)
      for (let at = 0; at < 5; at++) {
        const scores = rows.map((row) => row[at] ?? 0)
        expect(Math.max(...scores)).toBeGreaterThanOrEqual(Math.max(...scores.map(Math.abs)) * 0.999)
      }
      expect(rows.every((row) => row.length === 6 && row[5] === 0)).toBe(true)
    }
  })

  test('of identical rows are 0', () => {
    const same = Array.from({ length: 4 }, () => Float64Array.of(3, 1, 4))
    for (const row of principalComponents(same, 2))
      expect([...row].every((value) => Math.abs(value) < 1e-12)).toBe(true)
  })
})
