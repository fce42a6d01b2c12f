import { symmetricEigen } from './symmetric-eigen.ts'

/**
 * Projects the rows of a table onto the `dimensions` directions of largest variance (principal component scores).
 *
 * The result is exact and deterministic: the sign of each direction is chosen so that its score with the largest magnitude is positive.
 * Directions beyond the rank of the table have scores of zero. The cost is cubic in the number of rows or columns, whichever is smaller.
 */
export function principalComponents(rows: readonly Float64Array[], dimensions: number): Float64Array[] {
  const width = rows[0]?.length ?? 0
  const centred = centre(rows, width)
  const scores = rows.length < width ? scoresByRows(centred, dimensions) : scoresByColumns(centred, width, dimensions)
  for (const score of scores) fixSign(score)
  return rows.map((_, row) => Float64Array.from({ length: dimensions }, (_, k) => scores[k]?.[row] ?? 0))
}

function centre(rows: readonly Float64Array[], width: number): Float64Array[] {
  const mean = new Float64Array(width)
  for (const row of rows) for (let k = 0; k < width; k++) mean[k] = (mean[k] ?? 0) + (row[k] ?? 0) / rows.length
  return rows.map((row) => row.map((value, k) => value - (mean[k] ?? 0)))
}

/** With X = U S V', the products of the rows are X X' = U S^2 U', and the scores are U S. */
function scoresByRows(rows: readonly Float64Array[], dimensions: number): Float64Array[] {
  const { values, vectors } = symmetricEigen(products(rows), rows.length)
  return vectors.slice(0, dimensions).map((vector, k) => {
    const length = Math.sqrt(Math.max(0, values[k] ?? 0))
    return vector.map((value) => value * length)
  })
}

/** The products of the columns are X' X = V S^2 V', and the scores are X V. */
function scoresByColumns(rows: readonly Float64Array[], width: number, dimensions: number): Float64Array[] {
  const columns = Array.from({ length: width }, (_, k) => Float64Array.from(rows, (row) => row[k] ?? 0))
  const { vectors } = symmetricEigen(products(columns), width)
  return vectors.slice(0, dimensions).map((vector) => Float64Array.from(rows, (row) => dot(row, vector)))
}

function products(vectors: readonly Float64Array[]): Float64Array {
  const n = vectors.length
  const matrix = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const product = dot(vectors[i] ?? NONE, vectors[j] ?? NONE)
      matrix[i * n + j] = product
      matrix[j * n + i] = product
    }
  }
  return matrix
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0)
  return sum
}

const NONE = new Float64Array(0)

function fixSign(score: Float64Array): void {
  let largest = 0
  for (const value of score) if (Math.abs(value) > Math.abs(largest)) largest = value
  if (largest < 0) for (let k = 0; k < score.length; k++) score[k] = -(score[k] ?? 0)
}
