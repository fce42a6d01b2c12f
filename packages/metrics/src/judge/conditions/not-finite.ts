import type { LineWindow } from '../line-window.ts'
import { type ConditionResult, NOT_TRUE } from './condition-result.ts'

/** True when the last value is not finite. Needs one record. */
export function notFinite(window: LineWindow): ConditionResult {
  if (window.isFinite) return NOT_TRUE
  const onset = window.leastLevelStep(0)
  const because = `not finite at step ${window.lastStep}`
  return { is: true, because, ...(Number.isFinite(onset) && { onset }) }
}
