import { cholesky, invert, solveLower, solveUpper } from './cholesky.ts'
import { exp, ln } from './elementary.ts'
import { minimizeSmooth } from './lbfgs.ts'

const SQRT5 = 2.23606797749979
const LOG_2PI = 1.8378770664093453

/** Rows of features: numbers, which are compared by their difference, or indexes, which can only be equal or different. */
export interface GpData {
  /** For each feature, true if it is an index. */
  readonly nominal: readonly boolean[]
  /** The rows of features. A feature is NaN if its parameter does not exist. */
  readonly rows: readonly Float64Array[]
  /** Values with a mean of about 0 and a spread of about 1. */
  readonly values: Float64Array
}

/** The kernel parameters as logarithms: a length for each feature, then the variance, then the noise variance. */
export type GpParameters = Float64Array

/** A fitted Gaussian process. */
export interface GpModel {
  readonly parameters: GpParameters
  /** The sum of squared leave-one-out errors, relative to that of the values themselves. */
  readonly leaveOneOut: () => number
  /** Returns only the mean. */
  readonly mean: (row: Float64Array) => number
  /** Returns the mean and variance of the function, without the noise, at a row. */
  readonly predict: (row: Float64Array) => { mean: number; variance: number }
  /** Returns the mean and variance, with the derivatives with respect to each numeric feature. */
  readonly predictSlope: (row: Float64Array) => Slope
}

/** A prediction with its derivatives. */
export interface Slope {
  readonly mean: number
  readonly variance: number
  readonly meanSlope: Float64Array
  readonly varianceSlope: Float64Array
}

/** Returns the default starting point of the parameter search, given the number of features. */
export function firstParameters(features: number): GpParameters {
  const parameters = new Float64Array(features + 2).fill(0.5 * ln(Math.max(1, features)) - 0.7)
  parameters[features] = 0
  parameters[features + 1] = ln(1e-2)
  return parameters
}

/**
 * Searches for the parameters that best explain the values according to the marginal likelihood with priors, beginning at `start`. The
 * kernel is Matern 5/2 with a length for each feature (Rasmussen and Williams 2006). The prior expects lengths to grow with the
 * square root of the number of features (Hvarfner et al. 2024); `spread` is its width, as a standard deviation of their
 * logarithms.
 */
export function fitParameters(data: GpData, start: GpParameters, iterations: number, spread = 0.6): GpParameters {
  const features = data.nominal.length
  const squares = squaredDifferences(data)
  const low = new Float64Array(features + 2).fill(ln(0.02))
  const high = new Float64Array(features + 2).fill(ln(60))
  low[features] = ln(0.05)
  high[features] = ln(20)
  low[features + 1] = ln(1e-6)
  high[features + 1] = ln(1)
  const { x } = minimizeSmooth((at, gradient) => negativeEvidence(data, squares, at, gradient, spread), start, {
    low,
    high,
    iterations,
  })
  return x
}

/** Creates a Gaussian process over the data with these parameters. */
export function createGp(data: GpData, parameters: GpParameters): GpModel {
  const { rows, values, nominal } = data
  const size = rows.length
  const features = nominal.length
  const inverse = inverseSquares(parameters, features)
  const scale = exp(parameters[features] ?? 0)
  const noise = exp(parameters[features + 1] ?? 0)
  const k = new Float64Array(size * size)
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      k[i * size + j] = scale * matern(distance(rows[i] as Float64Array, rows[j] as Float64Array, nominal, inverse))
    }
  }
  const l = factor(k, size, scale, noise)
  const alpha = solveUpper(l, size, solveLower(l, size, values.slice()))
  const covariances = (row: Float64Array): Float64Array =>
    Float64Array.from(rows, (other) => scale * matern(distance(row, other, nominal, inverse)))
  return {
    parameters,
    leaveOneOut: () => {
      const whole = invert(l, size)
      let [error, spread] = [0, 0]
      for (let i = 0; i < size; i++) {
        const left = (alpha[i] ?? 0) / (whole[i * size + i] ?? 1)
        error += left * left
        spread += (values[i] ?? 0) * (values[i] ?? 0)
      }
      return error / spread
    },
    mean: (row) => dot(covariances(row), alpha),
    predict: (row) => {
      const near = covariances(row)
      const mean = dot(near, alpha)
      const v = solveLower(l, size, near)
      return { mean, variance: Math.max(1e-12, scale - dot(v, v)) }
    },
    predictSlope: (row) => {
      const near = covariances(row)
      const mean = dot(near, alpha)
      const v = solveLower(l, size, near.slice())
      const variance = Math.max(1e-12, scale - dot(v, v))
      const w = solveUpper(l, size, v)
      const meanSlope = new Float64Array(features)
      const varianceSlope = new Float64Array(features)
      for (let i = 0; i < size; i++) {
        const other = rows[i] as Float64Array
        const r2 = distance(row, other, nominal, inverse)
        const root = SQRT5 * Math.sqrt(r2)
        // The derivative of the kernel with respect to r^2.
        const slope = -(5 / 6) * scale * (1 + root) * exp(-root)
        for (let d = 0; d < features; d++) {
          if (nominal[d]) continue
          const difference = (row[d] as number) - (other[d] as number)
          if (Number.isNaN(difference)) continue
          const by = slope * 2 * difference * (inverse[d] as number)
          meanSlope[d] = (meanSlope[d] as number) + by * (alpha[i] as number)
          varianceSlope[d] = (varianceSlope[d] as number) - 2 * by * (w[i] as number)
        }
      }
      return { mean, variance, meanSlope, varianceSlope }
    },
  }
}

/** Returns the Cholesky factor of the covariance with noise. More noise is added if the precision is insufficient. */
function factor(k: Float64Array, size: number, scale: number, noise: number): Float64Array {
  for (let jitter = noise + 1e-9 * scale; ; jitter *= 10) {
    for (let i = 0; i < size; i++) k[i * size + i] = scale + jitter
    const l = cholesky(k, size)
    if (l !== undefined) return l
    if (jitter > 1e6 * (scale + noise))
      throw new Error('unreachable: a positive diagonal matrix always has a Cholesky factor')
  }
}

function inverseSquares(parameters: GpParameters, features: number): Float64Array {
  return Float64Array.from({ length: features }, (_, d) => exp(-2 * (parameters[d] ?? 0)))
}

/**
 * Returns the squared distance between two rows. A parameter that exists in only one of them is placed in the middle of its range, and
 * half a range away in an extra dimension. All distances are therefore distances between points, and the kernel stays positive definite.
 */
function distance(a: Float64Array, b: Float64Array, nominal: readonly boolean[], inverse: Float64Array): number {
  let sum = 0
  for (let d = 0; d < a.length; d++) {
    sum += squareOf(a[d] as number, b[d] as number, nominal[d] as boolean) * (inverse[d] as number)
  }
  return sum
}

function squareOf(x: number, y: number, nominal: boolean): number {
  if (Number.isNaN(x) || Number.isNaN(y)) {
    if (Number.isNaN(x) && Number.isNaN(y)) return 0
    if (nominal) return 0.5
    const there = (Number.isNaN(x) ? y : x) - 0.5
    return there * there + 0.25
  }
  if (nominal) return x === y ? 0 : 1
  return (x - y) * (x - y)
}

/** Matern 5/2 of a squared distance. */
function matern(r2: number): number {
  const root = SQRT5 * Math.sqrt(r2)
  return (1 + root + (5 / 3) * r2) * exp(-root)
}

/** For each feature the squared differences of all pairs: the lower triangle, row by row. */
function squaredDifferences({ rows, nominal }: GpData): readonly Float64Array[] {
  const size = rows.length
  return nominal.map((isIndex, d) => {
    const squares = new Float64Array((size * (size - 1)) / 2)
    let at = 0
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) {
        squares[at++] = squareOf(
          (rows[i] as Float64Array)[d] as number,
          (rows[j] as Float64Array)[d] as number,
          isIndex,
        )
      }
    }
    return squares
  })
}

/**
 * Returns the negative logarithm of the evidence and the priors, with its gradient with respect to the logarithms of the
 * parameters.
 */
function negativeEvidence(
  { rows, values }: GpData,
  squares: readonly Float64Array[],
  at: GpParameters,
  gradient: Float64Array,
  spread: number,
): number {
  const size = rows.length
  const features = squares.length
  const inverse = inverseSquares(at, features)
  const scale = exp(at[features] as number)
  const noise = exp(at[features + 1] as number)
  const distances = new Float64Array((size * (size - 1)) / 2)
  for (let d = 0; d < features; d++) {
    const square = squares[d] as Float64Array
    const weight = inverse[d] as number
    for (let p = 0; p < distances.length; p++) distances[p] = (distances[p] as number) + weight * (square[p] as number)
  }
  const k = new Float64Array(size * size)
  const slopes = new Float64Array(distances.length)
  for (let i = 0, p = 0; i < size; i++) {
    for (let j = 0; j < i; j++, p++) {
      const r2 = distances[p] as number
      const root = SQRT5 * Math.sqrt(r2)
      const decay = scale * exp(-root)
      k[i * size + j] = (1 + root + (5 / 3) * r2) * decay
      slopes[p] = -(5 / 6) * (1 + root) * decay
    }
    k[i * size + i] = scale + noise + 1e-9 * scale
  }
  const l = cholesky(k, size)
  if (l === undefined) return Infinity
  const alpha = solveUpper(l, size, solveLower(l, size, values.slice()))
  const whole = invert(l, size)
  let value = 0.5 * size * LOG_2PI + 0.5 * dot(values, alpha)
  for (let i = 0; i < size; i++) value += ln(l[i * size + i] as number)
  // (K^-1 - alpha alpha') / 2 is the derivative with respect to K.
  let [byScale, byNoise] = [0, 0]
  for (let i = 0, p = 0; i < size; i++) {
    for (let j = 0; j < i; j++, p++) {
      const by = (whole[i * size + j] as number) - (alpha[i] as number) * (alpha[j] as number)
      byScale += by * (k[i * size + j] as number)
      slopes[p] = (slopes[p] as number) * by
    }
    const by = 0.5 * ((whole[i * size + i] as number) - (alpha[i] as number) * (alpha[i] as number))
    byScale += by * scale
    byNoise += by * noise
  }
  for (let d = 0; d < features; d++) {
    const square = squares[d] as Float64Array
    let sum = 0
    for (let p = 0; p < slopes.length; p++) sum += (slopes[p] as number) * (square[p] as number)
    gradient[d] = -2 * (inverse[d] as number) * sum
  }
  gradient[features] = byScale
  gradient[features + 1] = byNoise
  return value + priors(at, features, gradient, spread)
}

/** Returns the negative logarithm of the priors, which are normal distributions over the logarithms of the parameters. */
function priors(at: GpParameters, features: number, gradient: Float64Array, lengthSpread: number): number {
  let value = 0
  const believe = (i: number, mean: number, spread: number): void => {
    const z = ((at[i] as number) - mean) / spread
    value += 0.5 * z * z
    gradient[i] = (gradient[i] as number) + z / spread
  }
  const length = 0.5 * ln(Math.max(1, features))
  for (let d = 0; d < features; d++) believe(d, length, lengthSpread)
  believe(features, 0, 0.5)
  believe(features + 1, ln(1e-4), 3)
  return value
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
