/** Eigenvalues of a symmetric matrix, and its eigenvectors as the columns of `vectors`. */
export interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/** Returns the eigenvalues and eigenvectors of a symmetric matrix, computed with Jacobi rotations, which need only roots and products. */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice()
  const v = new Float64Array(size * size)
  for (let i = 0; i < size; i++) v[i * size + i] = 1
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0
    let whole = 0
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) off += (a[i * size + j] as number) * (a[i * size + j] as number)
      whole += (a[i * size + i] as number) * (a[i * size + i] as number)
    }
    if (off <= 1e-26 * whole) break
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q)
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i] ?? 0), vectors: v }
}

function rotate(a: Float64Array, v: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q] as number // Indexes are below the lengths, here and below.
  if (apq === 0) return
  const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < size; k++) {
    const kp = a[k * size + p] as number
    const kq = a[k * size + q] as number
    a[k * size + p] = c * kp - s * kq
    a[k * size + q] = s * kp + c * kq
  }
  for (let k = 0; k < size; k++) {
    const pk = a[p * size + k] as number
    const qk = a[q * size + k] as number
    a[p * size + k] = c * pk - s * qk
    a[q * size + k] = s * pk + c * qk
    const vp = v[k * size + p] as number
    const vq = v[k * size + q] as number
    v[k * size + p] = c * vp - s * vq
    v[k * size + q] = s * vp + c * vq
  }
}
