import type { AnyParams } from './params.ts'

/** Whether small or large values are better. */
export type StudyDirection = 'minimize' | 'maximize'

/** `running` until `tell` is called; then `complete` with a value, `pruned` or `failed`. */
export type TrialState = 'running' | 'complete' | 'pruned' | 'failed'

/** Anything that JSON preserves. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** A value that a trial reported before its end. */
export interface Report {
  readonly step: number
  readonly value: number
}

/** One evaluation of the objective. The study keeps it up to date: after `tell`, its state has changed. */
export interface Trial<P = AnyParams> {
  /** 0, 1, 2, ... in the order of the `ask` calls. */
  readonly number: number
  readonly params: P
  readonly state: TrialState
  /** The value of a complete trial with one objective; it may be infinite, never NaN. */
  readonly value: number | undefined
  /** The values of a complete trial with several objectives. */
  readonly values?: readonly number[] | undefined
  /** The values of the constraints; the trial is feasible if none is above 0. */
  readonly constraints?: readonly number[] | undefined
  /** The reason for a failure, if given. */
  readonly reason: string | undefined
  /** In the order of reporting. */
  readonly reports: readonly Report[]
  /** The values that {@link Study.setUserAttr} stored. */
  readonly userAttrs?: Readonly<Record<string, JsonValue>> | undefined
  /** Its owner, such as `host:pid`, if known. */
  readonly owner?: string | undefined
  /** When `ask` created it, in milliseconds since 1970, if the study has a clock. */
  readonly startedMs?: number | undefined
  /** When `tell` ended it, in milliseconds since 1970, if the study has a clock. */
  readonly endedMs?: number | undefined
  /** Its last sign of life: when it was created, reported a value or sent a heartbeat. */
  readonly heartbeatMs?: number | undefined
  /** The number of the abandoned trial whose parameters it reruns. */
  readonly retryOf?: number | undefined
  /** Why its parameters do not match the study's current space. Samplers do not learn from such a trial. */
  readonly misfit?: string | undefined
}

/** A trial with a value. */
export interface CompleteTrial<P = AnyParams> extends Trial<P> {
  readonly state: 'complete'
  readonly value: number
}

/** True for a trial with one objective that has a value and matches the space. */
export function isComplete<P>(trial: Trial<P>): trial is CompleteTrial<P> {
  return trial.state === 'complete' && trial.misfit === undefined && trial.value !== undefined
}

/**
 * Returns the amount by which a trial violates its constraints: the sum of the values above 0. NaN counts as an infinite violation.
 */
export function violation(trial: Trial<unknown>): number {
  let sum = 0
  for (const constraint of trial.constraints ?? []) {
    if (Number.isNaN(constraint)) return Infinity
    if (constraint > 0) sum += constraint
  }
  return sum
}

/** Returns a negative number if value `a` is better than `b`. NaN is worse than any other value. */
export function compareValues(a: number, b: number, direction: StudyDirection): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  if (a === b) return 0
  return a < b === (direction === 'minimize') ? -1 : 1
}
