import type { LineWindow } from '../line-window.ts'

/** What a condition says of a window. */
export interface ConditionResult {
  readonly is: boolean
  /** Why it is true, in words, without the metric's name; empty when it is not. */
  readonly because: string
  /** The first step of the last good values: what went wrong came after it. Only where the condition knows it. */
  readonly onset?: number
  /** The usual level before, in the metric's own units. Only where the condition knows it. */
  readonly usual?: number
}

/** The answer of a condition that is not true: one shared object, since nearly all answers are this one. */
export const NOT_TRUE: ConditionResult = Object.freeze({ is: false, because: '' })

/** A value of a window as the run reported it, short. */
export function reported(window: LineWindow, turned: number): string {
  return short(window.sign * turned)
}

/** A number with four digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
