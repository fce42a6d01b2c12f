import type { LineWindow } from '../line-window.ts'

/** The result of a condition for a window. */
export interface ConditionResult {
  readonly is: boolean
  /** Why it is true, as text without the metric's name; empty if it is false. */
  readonly because: string
  /**
   * The first step of the last good values. The problem started after it. Absent if the condition does not determine it.
   */
  readonly onset?: number
  /** The usual level before the problem, in the metric's units. Absent if the condition does not determine it. */
  readonly usual?: number
}

/** The result of a condition that is false. It is one shared object, because nearly all results are false. */
export const FALSE_RESULT: ConditionResult = Object.freeze({ is: false, because: '' })

/** Formats a value in a window with the sign that the run reported, rounded to four significant digits. */
export function reported(window: LineWindow, turned: number): string {
  return short(window.sign * turned)
}

/** Formats a number with four significant digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
