import { type CmaWeights, cmaWeights } from './cma-weights.ts'
import { type Eigen, symmetricEigen } from './eigen.ts'
import { exp, ln } from './elementary.ts'
import type { Random } from './random.ts'
import { normalQuantile } from './special.ts'

/** The start of a search. */
export interface CmaStart {
  readonly mean: Float64Array
  readonly sigma: number
  /** Row by row; by default the identity matrix. */
  readonly covariance?: Float64Array
}

/**
 * The distribution of CMA-ES (Hansen 2016, "The CMA Evolution Strategy: A Tutorial"), with active covariance update.
 *
 * It also accepts points that it has not drawn itself; their steps are shortened to a length that it could have drawn
 * (Hansen 2011, "Injecting External Solutions Into CMA-ES").
 */
export class CmaState {
  readonly dimensions: number
  readonly mean: Float64Array
  sigma: number
  generation = 0
  /** The extra width of the draws on each axis, so that the search can leave a grid value. */
  readonly widening: Float64Array
  readonly #separable: boolean
  readonly #covariance: Float64Array
  readonly #pathSigma: Float64Array
  readonly #pathC: Float64Array
  #eigen: Eigen
  #roots: Float64Array
  #age = 0

  constructor({ mean, sigma, covariance }: CmaStart, separable: boolean) {
    const n = mean.length
    this.dimensions = n
    this.mean = mean.slice()
    this.sigma = sigma
    this.#separable = separable
    this.widening = new Float64Array(n).fill(1)
    this.#covariance =
      covariance?.slice() ?? Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
    this.#pathSigma = new Float64Array(n)
    this.#pathC = new Float64Array(n)
    this.#eigen = this.#decompose()
    this.#roots = this.#eigen.values.map(Math.sqrt)
  }

  /** Returns the standard deviation of one axis, before it is widened. */
  deviation(axis: number): number {
    return this.sigma * Math.sqrt(this.#covariance[axis * (this.dimensions + 1)] ?? 0)
  }

  /** The lengths of the largest and the smallest axis of the ellipsoid, in the search's own units. */
  get extent(): { readonly most: number; readonly least: number } {
    return { most: this.sigma * Math.max(...this.#roots), least: this.sigma * Math.min(...this.#roots) }
  }

  /** Returns a point drawn from the distribution. */
  draw(random: Random): Float64Array {
    const z = Float64Array.from(this.mean, () => normalQuantile(Math.max(random(), 1e-16)))
    const y = this.#turned(z.map((one, i) => one * (this.#roots[i] as number)))
    return y.map((one, i) => (this.mean[i] as number) + this.sigma * (this.widening[i] as number) * one)
  }

  /** Learns from points, best first. Only the first `useful` of them carry information. */
  update(ranked: readonly Float64Array[], useful: number): void {
    const n = this.dimensions
    const w = cmaWeights(ranked.length, n, this.#separable)
    const parents = Math.min(w.parents, useful)
    this.generation += 1
    if (parents === 0) return
    const steps = ranked.map((point) => this.#stepTo(point))
    const move = new Float64Array(n)
    let total = 0
    for (let i = 0; i < parents; i++) total += w.weights[i] as number
    for (let i = 0; i < parents; i++) {
      for (let d = 0; d < n; d++)
        move[d] = (move[d] as number) + ((w.weights[i] as number) / total) * (steps[i]?.[d] as number)
    }
    for (let d = 0; d < n; d++) {
      this.mean[d] = (this.mean[d] as number) + this.sigma * (this.widening[d] as number) * (move[d] as number)
    }
    const spread = this.#updatePaths(move, w)
    this.#updateCovariance(steps, w, spread.turning)
    this.sigma *= exp(Math.min(1, (w.cSigma / w.dSigma) * (spread.length / expectedLength(n) - 1)))
    this.#age += 1
    // The decomposition costs n^3 and an update n^2, so the decomposition is not repeated after every update.
    if (this.#age * (w.c1 + w.cMu) * n * 10 >= 1) {
      this.#eigen = this.#decompose()
      this.#roots = this.#eigen.values.map(Math.sqrt)
      this.#age = 0
    }
  }

  #stepTo(point: Float64Array): Float64Array {
    const step = point.map((one, d) => (one - (this.mean[d] as number)) / (this.sigma * (this.widening[d] as number)))
    const length = Math.sqrt(squared(this.#whitened(step)))
    const most = Math.sqrt(this.dimensions) + (2 * this.dimensions) / (this.dimensions + 2)
    return length > most ? step.map((one) => (one * most) / length) : step
  }

  #updatePaths(move: Float64Array, w: CmaWeights): { length: number; turning: number } {
    const n = this.dimensions
    const white = this.#turned(this.#back(move).map((one, i) => one / (this.#roots[i] as number)))
    const grow = Math.sqrt(w.cSigma * (2 - w.cSigma) * w.muEff)
    for (let d = 0; d < n; d++)
      this.#pathSigma[d] = (1 - w.cSigma) * (this.#pathSigma[d] as number) + grow * (white[d] as number)
    const length = Math.sqrt(squared(this.#pathSigma))
    const settled = Math.sqrt(1 - power(1 - w.cSigma, 2 * this.generation))
    const isShort = length / settled < (1.4 + 2 / (n + 1)) * expectedLength(n)
    const growC = isShort ? Math.sqrt(w.cC * (2 - w.cC) * w.muEff) : 0
    for (let d = 0; d < n; d++) this.#pathC[d] = (1 - w.cC) * (this.#pathC[d] as number) + growC * (move[d] as number)
    return { length, turning: isShort ? 0 : w.cC * (2 - w.cC) }
  }

  #updateCovariance(steps: readonly Float64Array[], w: CmaWeights, turning: number): void {
    const n = this.dimensions
    const c = this.#covariance
    const scaled = Float64Array.from(steps, (step, i) => {
      const weight = w.weights[i] ?? 0
      return weight >= 0 ? weight : (weight * n) / (squared(this.#whitened(step)) + 1e-12)
    })
    const sum = w.weights.reduce((a, b) => a + b, 0)
    const keep = 1 + w.c1 * turning - w.c1 - w.cMu * sum
    for (let i = 0; i < n; i++) {
      for (let j = this.#separable ? i : 0; j <= i; j++) {
        let rank = 0
        for (let k = 0; k < steps.length; k++) {
          const step = steps[k] as Float64Array
          rank += (scaled[k] as number) * (step[i] as number) * (step[j] as number)
        }
        const path = (this.#pathC[i] as number) * (this.#pathC[j] as number)
        const next = keep * (c[i * n + j] as number) + w.c1 * path + w.cMu * rank
        c[i * n + j] = next
        c[j * n + i] = next
      }
    }
  }

  #decompose(): Eigen {
    const n = this.dimensions
    if (this.#separable) {
      const values = Float64Array.from({ length: n }, (_, i) => Math.max(1e-20, this.#covariance[i * (n + 1)] ?? 1))
      return { values, vectors: new Float64Array(0) }
    }
    const { values, vectors } = symmetricEigen(this.#covariance, n)
    const most = Math.max(...values)
    return { values: values.map((one) => Math.max(one, 1e-14 * most, 1e-20)), vectors }
  }

  /** Maps a vector from the ellipsoid's axes to the search's axes, preserving its length. */
  #turned(x: Float64Array): Float64Array {
    if (this.#separable) return x
    const { vectors } = this.#eigen
    const n = this.dimensions
    return Float64Array.from(x, (_, i) => {
      let sum = 0
      for (let k = 0; k < n; k++) sum += (vectors[i * n + k] as number) * (x[k] as number)
      return sum
    })
  }

  #back(x: Float64Array): Float64Array {
    if (this.#separable) return x
    const { vectors } = this.#eigen
    const n = this.dimensions
    const out = new Float64Array(n)
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++) out[k] = (out[k] as number) + (vectors[i * n + k] as number) * (x[i] as number)
    return out
  }

  #whitened(x: Float64Array): Float64Array {
    return this.#back(x).map((one, i) => one / (this.#roots[i] as number))
  }
}

/** Returns the mean length of a standard normal vector. */
function expectedLength(n: number): number {
  return Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n))
}

function squared(x: Float64Array): number {
  let sum = 0
  for (const one of x) sum += one * one
  return sum
}

function power(base: number, exponent: number): number {
  return exp(exponent * ln(base))
}
