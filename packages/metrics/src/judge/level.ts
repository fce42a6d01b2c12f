import { LEVEL_VALUES, type LineWindow } from './line-window.ts'
import { noiseOf } from './noise.ts'

/** The level of a line: medians of five values, with their signs chosen so that smaller is better. */
export interface MetricLevel {
  /** L: the median of the last five values. */
  readonly last: number
  /** R: the smallest such median that ends five or more values back. */
  readonly least: number
  /** The step of the first of the five values of R. The problem started after them. */
  readonly leastStep: number
  /** I: the median of the first five values on the line. */
  readonly initial: number
  /** I0: the smallest of them. */
  readonly initialLeast: number
  /** Whether all values on the line are positive, so that ratios are meaningful. */
  readonly isPositive: boolean
}

/** The number of values before the last five from which the noise is estimated. */
const NOISE_VALUES = 64

/** Returns the level of a line; undefined before it has ten values. */
export function levelOf(window: LineWindow): MetricLevel | undefined {
  const least = window.leastLevel(LEVEL_VALUES)
  if (Number.isNaN(least)) return undefined
  const { initial, initialLeast } = initialOf(window)
  return {
    last: window.level(),
    least,
    leastStep: window.leastLevelStep(LEVEL_VALUES),
    initial,
    initialLeast,
    isPositive: window.isPositive,
  }
}

/** Returns a line's I and I0: the median and minimum of its first five values. NaN before it has five values. */
export function initialOf(window: LineWindow): { readonly initial: number; readonly initialLeast: number } {
  const { initial, initialLeast } = window
  return { initial, initialLeast }
}

/**
 * Returns s, the standard deviation of the noise in up to 64 values before the last five. A trend does not count as noise.
 */
export function lineNoise(window: LineWindow): number {
  return noiseOf(window.tail(NOISE_VALUES, LEVEL_VALUES))
}

/**
 * Whether a line has decreased from its start to below three quarters of its first values. If not all values are
 * positive, which is the case for every metric for which larger is better, it must have decreased by more than six
 * times its noise.
 */
export function hasProgressed(window: LineWindow): boolean {
  const { initialLeast } = window
  const least = window.leastLevel(0)
  if (window.isPositive) return least < 0.75 * initialLeast
  return initialLeast - least > 6 * lineNoise(window) && initialLeast > least
}
