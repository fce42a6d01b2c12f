import { LEVEL_VALUES, type LineWindow } from '../line-window.ts'
import { type ConditionResult, FALSE_RESULT } from './condition-result.ts'

/** True if the last value is not finite. Needs one record. */
export function notFinite(window: LineWindow): ConditionResult {
  if (window.isFinite) return FALSE_RESULT
  // The last five finite values may already be bad, so the onset is placed before them.
  const onset = window.step(LEVEL_VALUES)
  const because = `not finite at step ${window.lastStep}`
  return { is: true, because, ...(Number.isFinite(onset) && { onset }) }
}
