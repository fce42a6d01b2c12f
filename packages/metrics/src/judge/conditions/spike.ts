import type { LineWindow } from '../line-window.ts'
import { median, medianDeviation } from '../noise.ts'
import { type ConditionResult, FALSE_RESULT, reported } from './condition-result.ts'
import { spikeFloor } from './spike-floor.ts'

export interface SpikeParams {
  /** The number of values before the last three that define the usual level. */
  readonly window: number
  /** The number of median absolute deviations above the median. */
  readonly deviations: number
}

export const SPIKE: SpikeParams = { window: 64, deviations: 8 }

/** True if two of the last three values are far above the 64 before them. Needs 67 values. */
export function spike(window: LineWindow, params: SpikeParams = SPIKE): ConditionResult {
  const { window: size, deviations } = params
  if (window.length < size + 3) return FALSE_RESULT
  const second = secondGreatest(window.value(0), window.value(1), window.value(2))
  // Nearly every call ends here.
  if (second <= spikeFloor(window, params)) return FALSE_RESULT
  const before = window.tail(size, 3)
  const usual = median(before)
  const bound = usual + deviations * medianDeviation(before, usual)
  if (!(second > bound)) return FALSE_RESULT
  return {
    is: true,
    because: `two of the last three values are at ${reported(window, second)} or beyond; the usual value is ${reported(window, usual)}`,
    usual: window.sign * usual,
  }
}

function secondGreatest(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
