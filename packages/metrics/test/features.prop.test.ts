import fc from 'fast-check'
import { expect, test } from 'vitest'
import { principalComponents } from '../src/principal-components.ts'
import { symmetricEigen } from '../src/symmetric-eigen.ts'

const entry = fc.double({ min: -100, max: 100, noNaN: true })

test('eigenvectors are orthonormal and reproduce the matrix', () => {
  const symmetric = fc.integer({ min: 1, max: 14 }).chain((n) =>
    fc.array(entry, { minLength: n * n, maxLength: n * n }).map((cells) => {
      const matrix = Float64Array.from(cells)
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i] ?? 0
      return { n, matrix }
    }),
  )
  fc.assert(
    fc.property(symmetric, ({ n, matrix }) => {
      const { values, vectors } = symmetricEigen(matrix, n)
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          let product = 0
          let back = 0
          for (let k = 0; k < n; k++) {
            product += (vectors[i]?.[k] ?? 0) * (vectors[j]?.[k] ?? 0)
            back += (values[k] ?? 0) * (vectors[k]?.[i] ?? 0) * (vectors[k]?.[j] ?? 0)
          }
          expect(product).toBeCloseTo(i === j ? 1 : 0, 9)
          expect(Math.abs(back - (matrix[i * n + j] ?? 0))).toBeLessThan(1e-8)
        }
      }
      expect([...values]).toEqual([...values].sort((a, b) => b - a))
    }),
    { numRuns: 300 },
  )
})

test('numbers too small to be squared are handled', () => {
  const { values, vectors } = symmetricEigen(Float64Array.from([0, 0, 0, 0, 0, 5e-324, 0, 5e-324, 0]), 3)
  expect([...values]).toEqual([5e-324, 0, -5e-324])
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 12)
})

test('with as many components as columns, every distance between rows is preserved', () => {
  const table = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 8 })).chain(([rows, columns]) =>
    fc.array(
      fc.array(entry, { minLength: columns, maxLength: columns }).map((row) => Float64Array.from(row)),
      { minLength: rows, maxLength: rows },
    ),
  )
  fc.assert(
    fc.property(table, (rows) => {
      const reduced = principalComponents(rows, rows[0]?.length ?? 0)
      for (const [i, one] of rows.entries()) {
        for (const [j, other] of rows.entries()) {
          const before = distance(one, other)
          expect(Math.abs(distance(reduced[i], reduced[j]) - before)).toBeLessThan(1e-5)
        }
      }
    }),
    { numRuns: 200 },
  )
})

function distance(a: Float64Array | undefined, b: Float64Array | undefined): number {
  return Math.hypot(...Array.from(a ?? [], (value, k) => value - (b?.[k] ?? 0)))
}
