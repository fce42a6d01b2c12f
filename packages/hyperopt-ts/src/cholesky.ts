/**
 * Returns the lower triangle L with L L' = A, row by row, for a symmetric positive definite matrix A. Only the lower triangle
 * of A is read. Undefined if A is not positive definite to floating-point precision.
 */
export function cholesky(a: Float64Array, size: number): Float64Array | undefined {
  const l = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    const row = i * size
    for (let j = 0; j <= i; j++) {
      const other = j * size
      let sum = a[row + j] as number // Indexes are below the lengths, here and below.
      for (let k = 0; k < j; k++) sum -= (l[row + k] as number) * (l[other + k] as number)
      if (i === j) {
        if (!(sum > 1e-14)) return undefined
        l[row + i] = Math.sqrt(sum)
      } else {
        l[row + j] = sum / (l[other + j] as number)
      }
    }
  }
  return l
}

/** Solves L x = b in place. */
export function solveLower(l: Float64Array, size: number, b: Float64Array): Float64Array {
  for (let i = 0; i < size; i++) {
    const row = i * size
    let sum = b[i] as number
    for (let k = 0; k < i; k++) sum -= (l[row + k] as number) * (b[k] as number)
    b[i] = sum / (l[row + i] as number)
  }
  return b
}

/** Solves L' x = b in place. */
export function solveUpper(l: Float64Array, size: number, b: Float64Array): Float64Array {
  for (let i = size - 1; i >= 0; i--) {
    const row = i * size
    const x = (b[i] as number) / (l[row + i] as number)
    b[i] = x
    // Row by row, because this is the matrix's order in memory.
    for (let k = 0; k < i; k++) b[k] = (b[k] as number) - (l[row + k] as number) * x
  }
  return b
}

/** Returns the full inverse of A = L L'. */
export function invert(l: Float64Array, size: number): Float64Array {
  // First the transposed inverse of L, so that the product reads memory in order.
  const columns = new Float64Array(size * size)
  for (let j = 0; j < size; j++) {
    const column = columns.subarray(j * size, (j + 1) * size)
    column[j] = 1 / (l[j * size + j] as number)
    for (let i = j + 1; i < size; i++) {
      const row = i * size
      let sum = 0
      for (let k = j; k < i; k++) sum -= (l[row + k] as number) * (column[k] as number)
      column[i] = sum / (l[row + i] as number)
    }
  }
  const inverse = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0
      for (let k = i; k < size; k++) sum += (columns[i * size + k] as number) * (columns[j * size + k] as number)
      inverse[i * size + j] = sum
      inverse[j * size + i] = sum
    }
  }
  return inverse
}
