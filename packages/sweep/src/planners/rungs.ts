import type { Halving } from '../config/config.ts'
import type { MetricPoint } from '../series.ts'

/** A trial in the form that planners use. */
export interface Contender {
  readonly i: number
  /** Its reported values, in step order. */
  readonly series: readonly Pick<MetricPoint, 'step' | 'value'>[]
  /** Whether it is running and has not been asked to stop. */
  readonly isAlive: boolean
  /** Whether it may still report values: it is running, waiting or paused. */
  readonly mayArrive: boolean
}

/** Returns the steps at which trials are compared: `min_steps`, then each `eta` times the previous one, up to `budget`. */
export function rungSteps({ minSteps, budget, eta }: Pick<Halving, 'minSteps' | 'budget' | 'eta'>): readonly number[] {
  const steps: number[] = []
  for (let step = minSteps; step <= budget; step *= eta) steps.push(step)
  return steps
}

/** Whether a trial has ever reached a step, whatever happened to it later. */
export function hasArrived({ series }: Pick<Contender, 'series'>, step: number): boolean {
  return (series.at(-1)?.step ?? Number.NEGATIVE_INFINITY) >= step
}

/**
 * Returns a trial's score at a rung; smaller is better. The score is the mean of the last `smooth` values after the previous rung and up to
 * this one or, if there are none, the first value after this one. Null, NaN and infinities rank last.
 */
export function scoreAt(
  { series }: Pick<Contender, 'series'>,
  at: number,
  { direction, smooth, eta, minSteps }: Halving,
): number {
  const before = at <= minSteps ? 0 : at / eta
  const end = firstAfter(series, at)
  const within = series.slice(Math.max(firstAfter(series, before), end - smooth), end)
  const values = within.length > 0 ? within.map(({ value }) => value) : [series[end]?.value ?? null]
  const numbers = values.filter((value): value is number => value !== null && Number.isFinite(value))
  if (numbers.length < values.length || numbers.length === 0) return Number.POSITIVE_INFINITY
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  return direction === 'max' ? -mean : mean
}

/** Converts a score back to the metric value; null if there is no value, or if it is not a number. */
export function valueOfScore(score: number, { direction }: Pick<Halving, 'direction'>): number | null {
  if (!Number.isFinite(score)) return null
  return direction === 'max' ? 0 - score : score
}

/** Returns the index of the first value after a step. */
export function firstAfter(series: Contender['series'], step: number): number {
  let [low, high] = [0, series.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((series[middle]?.step ?? 0) > step) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Returns the number of trials that are better than each one, by index. If trials are equal, the one with the lower index counts as better.
 */
export function ranksOf(
  scored: readonly { readonly i: number; readonly score: number }[],
): ReadonlyMap<number, { readonly ahead: number; readonly score: number }> {
  const sorted = [...scored].sort((a, b) => (a.score === b.score ? a.i - b.i : a.score < b.score ? -1 : 1))
  return new Map(sorted.map(({ i, score }, ahead) => [i, { ahead, score }]))
}
