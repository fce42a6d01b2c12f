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
  const before = window.tail(size, 3)
  // A value above the median is above half of the values, which needs no sort.
  if (countBelow(before, second) < size / 2) return NOT_TRUE
  const usual = median(before)
  // If fewer than half of the deviations are below an eighth of the distance, so is not their median. No sort either.
  if (countNear(before, usual, (second - usual) / deviations) < size / 2) return NOT_TRUE
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

function countBelow(values: Float64Array, bound: number): number {
  let count = 0
  for (let i = 0; i < values.length; i++) if ((values[i] ?? bound) < bound) count++
  return count
}

function countNear(values: Float64Array, center: number, distance: number): number {
  let count = 0
  for (const value of values) if (Math.abs(value - center) < distance) count++
  return count
}
