import type { Halving } from '../config/config.ts'

/** A value of the metric at a step. */
export interface Reported {
  readonly step: number
  readonly value: number | null
}

/** A trial as the planners see it: what it reported, oldest first, and whether it still may report more. */
export interface Contender {
  readonly i: number
  readonly series: readonly Reported[]
  /** It runs, or waits to run. */
  readonly isAlive: boolean
}

/** Steps at which trials are compared: `min_steps`, times `eta` each, up to `budget`. */
export function rungSteps({ minSteps, budget, eta }: Halving): readonly number[] {
  const steps: number[] = []
  for (let step = minSteps; step <= budget; step *= eta) steps.push(step)
  return steps
}

/** Whether a trial has come to a step, whatever became of it later. */
export function hasArrived({ series }: Contender, step: number): boolean {
  return series.some((one) => one.step >= step)
}

/**
 * How well a trial does at a rung, less is better: the mean of the last `smooth` values after the rung before and up to this
 * one, else the first value after it. Null, NaN and infinities are worst.
 */
export function scoreAt(contender: Contender, at: number, { direction, smooth, eta, minSteps }: Halving): number {
  const { series } = contender
  const before = at <= minSteps ? 0 : at / eta
  const within = series.filter(({ step }) => step > before && step <= at).slice(-smooth)
  const later = series.find(({ step }) => step > at)
  const values = within.length > 0 ? within.map(({ value }) => value) : [later?.value ?? null]
  const numbers = values.filter((value): value is number => value !== null && Number.isFinite(value))
  if (numbers.length < values.length || numbers.length === 0) return Number.POSITIVE_INFINITY
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  return direction === 'max' ? -mean : mean
}

/** How many of `ranked` are better than one of them; of equal ones the lower index is better. */
export function rankOf(i: number, ranked: readonly { readonly i: number; readonly score: number }[]): number {
  const own = ranked.find((one) => one.i === i)
  if (own === undefined) return ranked.length
  return ranked.filter((one) => one.score < own.score || (one.score === own.score && one.i < i)).length
}
