import type { AnyParams } from './params.ts'

/** Which end of the values is wanted. */
export type Direction = 'minimize' | 'maximize'

/** `running` until told; then `complete` with a value, `pruned` or `failed`. */
export type TrialState = 'running' | 'complete' | 'pruned' | 'failed'

/** A value that a trial had on its way. */
export interface Report {
  readonly step: number
  readonly value: number
}

/** One evaluation of the objective. The study keeps it up to date: after `tell`, its state has changed. */
export interface Trial<P = AnyParams> {
  /** 0, 1, 2, ... in the order in which the trials were asked for. */
  readonly number: number
  readonly params: P
  readonly state: TrialState
  /** What was told, for a complete trial; it may be infinite, never NaN. */
  readonly value: number | undefined
  /** Why it failed, if somebody said so. */
  readonly reason: string | undefined
  /** In the order of reporting. */
  readonly reports: readonly Report[]
}

/** A trial that was told a value. */
export interface CompleteTrial<P = AnyParams> extends Trial<P> {
  readonly state: 'complete'
  readonly value: number
}

/** True for a trial that was told a value. */
export function isComplete<P>(trial: Trial<P>): trial is CompleteTrial<P> {
  return trial.state === 'complete'
}

/** Negative when value `a` is the better one; NaN is worse than everything. */
export function compareValues(a: number, b: number, direction: Direction): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  if (a === b) return 0
  return a < b === (direction === 'minimize') ? -1 : 1
}
