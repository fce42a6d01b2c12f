/** The eigenvalues in descending order, and the unit eigenvectors: `vectors[k]` belongs to `values[k]`. */
export interface SymmetricEigen {
  readonly values: Float64Array
  readonly vectors: readonly Float64Array[]
}

/**
 * Computes the eigenvalues and eigenvectors of a symmetric matrix of size `n`, given row by row.
 *
 * It uses Householder reduction to tridiagonal form, then QL with implicit shifts: `tred2` and `tql2` by Bowdler, Martin, Reinsch and
 * Wilkinson, Numerische Mathematik 11, 1968. The result is deterministic; the sign of a vector is arbitrary.
 */
export function symmetricEigen(matrix: Float64Array, n: number): SymmetricEigen {
  const size = matrix.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)
  const rows = Array.from({ length: n }, (_, at) => scaled(matrix.subarray(at * n, at * n + n), size))
  const diagonal = new Float64Array(n)
  const side = new Float64Array(n)
  const columns = reduce(rows, diagonal, side)
  diagonalize(columns, diagonal, side)
  const order = Array.from(diagonal.keys()).sort((a, b) => at(diagonal, b) - at(diagonal, a) || a - b)
  return {
    values: Float64Array.from(order, (k) => at(diagonal, k) * size),
    vectors: order.map((k) => columns[k] ?? new Float64Array(n)),
  }
}

type Rows = readonly Float64Array[]

// Numbers that are this small compared with the largest have no effect on the result, and their squares underflow.
const NEGLIGIBLE = 1e-100

function scaled(row: Float64Array, size: number): Float64Array {
  return row.map((value) => (size === 0 || Math.abs(value / size) < NEGLIGIBLE ? 0 : value / size))
}

/**
 * Reduces the matrix to its `diagonal` and its subdiagonal `side` (side[i] is below diagonal[i - 1]). Returns the columns of the
 * transformation.
 */
function reduce(a: Rows, diagonal: Float64Array, side: Float64Array): Float64Array[] {
  const n = diagonal.length
  const columns = Array.from({ length: n }, (_, k) => {
    const unit = new Float64Array(n)
    unit[k] = 1
    return unit
  })
  const p = new Float64Array(n)
  for (let k = 0; k + 2 < n; k++) {
    const v = householder(a, k)
    if (v === undefined) continue
    reflect(a, v, p, k)
    // The product Q := Q H is stored by rows, so that each update reads memory in order.
    for (const q of columns) {
      const s = 2 * dot(q, v, k, n)
      for (let j = k; j < n; j++) q[j] = at(q, j) - s * at(v, j)
    }
  }
  for (let i = 0; i < n; i++) {
    diagonal[i] = at(row(a, i), i)
    side[i] = i === 0 ? 0 : at(row(a, i), i - 1)
  }
  return transpose(columns, n)
}

/** A := H A H with H = I - 2 v v', v of length 1: A - v w' - w v', w = 2 (A v - (v' A v) v). `w` is only used as scratch memory. */
function reflect(a: Rows, v: Float64Array, w: Float64Array, k: number): void {
  const n = a.length
  let vp = 0
  for (let i = k; i < n; i++) {
    w[i] = dot(row(a, i), v, k, n)
    vp += at(v, i) * at(w, i)
  }
  for (let i = k; i < n; i++) w[i] = 2 * (at(w, i) - vp * at(v, i))
  for (let i = k; i < n; i++) {
    const r = row(a, i)
    const vi = at(v, i)
    const wi = at(w, i)
    for (let j = k; j < n; j++) r[j] = at(r, j) - vi * at(w, j) - wi * at(v, j)
  }
}

/**
 * Returns the unit vector whose reflection sets column `k` below its subdiagonal element to zero; undefined if it is already zero.
 */
function householder(a: Rows, k: number): Float64Array | undefined {
  const n = a.length
  let scale = 0
  for (let i = k + 2; i < n; i++) scale = Math.max(scale, Math.abs(at(row(a, i), k)))
  if (scale === 0) return undefined
  scale = Math.max(scale, Math.abs(at(row(a, k + 1), k)))
  const v = new Float64Array(n)
  let square = 0
  for (let i = k + 1; i < n; i++) {
    v[i] = at(row(a, i), k) / scale
    square += at(v, i) ** 2
  }
  const head = at(v, k + 1)
  const norm = Math.sqrt(square)
  v[k + 1] = head + (head < 0 ? -norm : norm)
  const length = Math.sqrt(2 * (square + Math.abs(head) * norm))
  for (let i = k + 1; i < n; i++) v[i] = at(v, i) / length
  return v
}

/** Applies QL with implicit shifts, and rotates `vectors` accordingly. */
function diagonalize(vectors: Float64Array[], d: Float64Array, side: Float64Array): void {
  const n = d.length
  const e = new Float64Array(n)
  for (let i = 1; i < n; i++) e[i - 1] = at(side, i)
  for (let l = 0; l < n; l++) {
    for (let round = 0; round < 60; round++) {
      const m = firstSmall(d, e, l)
      if (m === l) break
      sweep(vectors, d, e, l, m)
    }
  }
}

function firstSmall(d: Float64Array, e: Float64Array, l: number): number {
  let m = l
  for (; m < d.length - 1; m++) {
    const size = Math.abs(at(d, m)) + Math.abs(at(d, m + 1))
    if (Math.abs(at(e, m)) <= Number.EPSILON * size) break
  }
  return m
}

function sweep(vectors: Float64Array[], d: Float64Array, e: Float64Array, l: number, m: number): void {
  let g = (at(d, l + 1) - at(d, l)) / (2 * at(e, l))
  const r = Math.hypot(g, 1)
  g = at(d, m) - at(d, l) + at(e, l) / (g + (g < 0 ? -r : r))
  let sine = 1
  let cosine = 1
  let p = 0
  for (let i = m - 1; i >= l; i--) {
    const f = sine * at(e, i)
    const b = cosine * at(e, i)
    const length = Math.hypot(f, g)
    e[i + 1] = length
    if (length === 0) {
      d[i + 1] = at(d, i + 1) - p
      e[m] = 0
      return
    }
    sine = f / length
    cosine = g / length
    const shifted = at(d, i + 1) - p
    const turn = (at(d, i) - shifted) * sine + 2 * cosine * b
    p = sine * turn
    d[i + 1] = shifted + p
    g = cosine * turn - b
    rotate(row(vectors, i), row(vectors, i + 1), sine, cosine)
  }
  d[l] = at(d, l) - p
  e[l] = g
  e[m] = 0
}

function rotate(low: Float64Array, high: Float64Array, sine: number, cosine: number): void {
  for (let k = 0; k < low.length; k++) {
    const f = at(high, k)
    const g = at(low, k)
    high[k] = sine * g + cosine * f
    low[k] = cosine * g - sine * f
  }
}

function transpose(rows: Rows, n: number): Float64Array[] {
  return Array.from({ length: n }, (_, k) => Float64Array.from(rows, (r) => at(r, k)))
}

function dot(a: Float64Array, b: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += at(a, i) * at(b, i)
  return sum
}

// Indices are in range by construction. These functions satisfy the type checker at no cost.
function at(array: Float64Array, index: number): number {
  return array[index] ?? 0
}

function row(rows: Rows, index: number): Float64Array {
  return rows[index] ?? EMPTY
}

const EMPTY = new Float64Array(0)
