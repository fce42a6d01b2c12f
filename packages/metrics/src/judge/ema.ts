/** How a metric is smoothed. */
export interface EmaOptions {
  /** The fraction of the average that is kept from one point to the next: 0 (no smoothing) to just under 1. */
  readonly weight: number
  /**
   * The unit of the weight. `point`: each point, regardless of its step, as in TensorBoard. `step`: each step, so that metrics written at
   * different intervals are smoothed over the same number of steps. @defaultValue 'point'
   */
  readonly per?: 'point' | 'step' | undefined
}

/** The state of an average. It can be stored and continued later. */
export interface EmaState {
  /** The average so far. */
  readonly value: number
  /** The sum of the weights of all values so far, where the latest has weight 1; 0 before the first value. */
  readonly weights: number
  /** The step of the latest finite value. */
  readonly step: number
}

/** The state before the first value. */
export const EMA_START: EmaState = { value: 0, weights: 0, step: 0 }

/**
 * An exponential moving average: the mean of all values so far, in which a value that is k points (or steps) old has
 * the weight `weight ** k`. The weights are normalised, so the first points are not biased towards zero (Kingma and Ba
 * 2015).
 */
export class Ema implements EmaState {
  value: number
  weights: number
  step: number
  readonly #weight: number
  readonly #isPerStep: boolean
  // Caches the power of the weight for the distance between the last two points, which is usually constant.
  #stride = 1
  #decay: number

  /**
   * @param state The state to continue. Default: before the first value.
   * @throws RangeError for a weight that is not in [0, 1).
   */
  constructor({ weight, per = 'point' }: EmaOptions, state: EmaState = EMA_START) {
    if (!(weight >= 0 && weight < 1)) throw new RangeError(`\`weight\` must be at least 0 and below 1, got ${weight}`)
    this.value = state.value
    this.weights = state.weights
    this.step = state.step
    this.#weight = weight
    this.#decay = weight
    this.#isPerStep = per === 'step'
  }

  /**
   * Adds a step's value and returns the average; NaN for a non-finite value, which changes nothing. Steps must
   * be ascending.
   */
  take(step: number, value: number): number {
    if (!Number.isFinite(value)) return Number.NaN
    if (this.#isPerStep && this.weights > 0 && step - this.step !== this.#stride) {
      this.#stride = step - this.step
      this.#decay = this.#weight ** this.#stride
    }
    this.weights = this.weights * this.#decay + 1
    // A weighted mean of two numbers cannot overflow, whereas the sum of all values could.
    const share = 1 / this.weights
    this.value = this.weights === 1 ? value : this.value * (1 - share) + value * share
    this.step = step
    return this.value
  }

  /** Sets the state. */
  restore({ value, weights, step }: EmaState): void {
    this.value = value
    this.weights = weights
    this.step = step
  }
}
