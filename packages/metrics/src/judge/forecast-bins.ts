import { median } from './noise.ts'

/** A curve in bins with equal numbers of values. If `isLog` is true, the values are logarithms. */
export interface CurveBins {
  /** The median of each bin. */
  readonly centers: readonly number[]
  /** Some values from each bin, for the errors of individual values. */
  readonly samples: readonly (readonly number[])[]
  /** The step in the middle of each bin. */
  readonly steps: readonly number[]
  readonly isLog: boolean
  readonly first: number
  readonly last: number
  /** The number of steps from one bin to the next, near the end of the curve. */
  readonly width: number
}

/** The number of bins that are needed before the first backtest origin. */
export const LEAST_PAST = 8
/** The number of backtests that are needed at each horizon. */
export const LEAST_ERRORS = 8
const MOST_BINS = 48
const MOST_SAMPLES = 8

/** Divides a curve into at most 48 bins. If it has at most 48 values, each value is a bin. */
export function binCurve(steps: readonly number[], values: readonly number[]): CurveBins {
  const isLog = values.every((value) => value > 0)
  const shown = isLog ? values.map(Math.log) : values
  const count = Math.min(MOST_BINS, values.length)
  const bins = Array.from({ length: count }, (_, bin) => {
    const from = Math.floor((bin * values.length) / count)
    const to = Math.floor(((bin + 1) * values.length) / count)
    const part = shown.slice(from, to)
    return { center: median(part), samples: thin(part), step: middle(steps.slice(from, to)) }
  })
  const places = bins.map(({ step }) => step)
  const near = places.slice(-NEAR)
  const span = (near.at(-1) ?? 0) - (near[0] ?? 0)
  return {
    centers: bins.map(({ center }) => center),
    samples: bins.map(({ samples }) => samples),
    steps: places,
    isLog,
    first: steps[0] ?? 0,
    last: steps.at(-1) ?? 0,
    width: span / Math.max(1, near.length - 1),
  }
}

const NEAR = 9

function middle(steps: readonly number[]): number {
  return ((steps[0] ?? 0) + (steps.at(-1) ?? 0)) / 2
}

/** Selects at most eight values, evenly spaced. */
function thin(values: readonly number[]): readonly number[] {
  if (values.length <= MOST_SAMPLES) return values
  return Array.from(
    { length: MOST_SAMPLES },
    (_, i) => values[Math.floor(((i + 0.5) * values.length) / MOST_SAMPLES)] ?? 0,
  )
}
