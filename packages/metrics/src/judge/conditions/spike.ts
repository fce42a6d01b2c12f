import type { LineWindow } from '../line-window.ts'
import { median, medianDeviation } from '../noise.ts'
import { type ConditionResult, NOT_TRUE, reported } from './condition-result.ts'

export interface SpikeParams {
  /** The number of values before the last three that define the usual level. */
  readonly window: number
  /** Median absolute deviations above the median. */
  readonly deviations: number
}

export const SPIKE: SpikeParams = { window: 64, deviations: 8 }

/** True if two of the last three values are far above the 64 before them. Needs 67 values. */
export function spike(window: LineWindow, { window: size, deviations }: SpikeParams = SPIKE): ConditionResult {
  if (window.length < size + 3) return NOT_TRUE
  const second = secondGreatest(window.value(0), window.value(1), window.value(2))
  // A value above the median is above half of them: this costs neither a sort nor a view of the values.
  if (!isAboveHalf(window, second, size)) return NOT_TRUE
  const before = window.tail(size, 3)
  const usual = median(before)
  // Fewer than half of the deviations below an eighth of the distance: their median is not below it. This costs no sort either.
  if (!areHalfNear(before, usual, (second - usual) / deviations)) return NOT_TRUE
  const bound = usual + deviations * medianDeviation(before, usual)
  if (!(second > bound)) return NOT_TRUE
  return {
    is: true,
    because: `two of the last three values are at ${reported(window, second)} or beyond, ${reported(window, usual)} is usual`,
    usual: window.sign * usual,
  }
}

function secondGreatest(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function isAboveHalf(window: LineWindow, bound: number, size: number): boolean {
  let below = 0
  for (let back = 3; back < size + 3; back++) {
    if (window.value(back) < bound && ++below >= size / 2) return true
  }
  return false
}

function areHalfNear(values: Float64Array, center: number, distance: number): boolean {
  let near = 0
  for (let i = 0; i < values.length; i++) {
    if (Math.abs((values[i] ?? Number.NaN) - center) < distance && ++near >= values.length / 2) return true
  }
  return false
}
