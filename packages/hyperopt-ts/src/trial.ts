import type { AnyParams } from './params.ts'

/** Which end of the values is wanted. */
export type StudyDirection = 'minimize' | 'maximize'

/** `running` until told; then `complete` with a value, `pruned` or `failed`. */
export type TrialState = 'running' | 'complete' | 'pruned' | 'failed'

/** Anything that JSON keeps. */
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
  /** What {@link Study.setUserAttr} kept. */
  readonly userAttrs?: Readonly<Record<string, JsonValue>> | undefined
  /** Its owner, such as `host:pid`, if known. */
  readonly owner?: string | undefined
  /** When it was asked, in milliseconds since 1970, if the study has a clock. */
  readonly startedMs?: number | undefined
  /** When it was told. */
  readonly endedMs?: number | undefined
  /** Its last sign of life: when it was asked, reported or sent a heartbeat. */
  readonly heartbeatMs?: number | undefined
  /** The number of the abandoned trial whose parameters it runs again. */
  readonly retryOf?: number | undefined
  /** Why its parameters do not match the study's current space. Such a trial is kept, but not learned from. */
  readonly misfit?: string | undefined
}

/** A trial with a value. */
export interface CompleteTrial<P = AnyParams> extends Trial<P> {
  readonly state: 'complete'
  readonly value: number
}

/** True for a trial of one objective that has a value and matches the space. */
export function isComplete<P>(trial: Trial<P>): trial is CompleteTrial<P> {
  return trial.state === 'complete' && trial.misfit === undefined && trial.value !== undefined
}

/** By how much a trial breaks its constraints: the sum of those above 0. NaN counts as broken without end. */
export function violation(trial: Trial<unknown>): number {
  let sum = 0
  for (const constraint of trial.constraints ?? []) {
    if (Number.isNaN(constraint)) return Infinity
    if (constraint > 0) sum += constraint
  }
  return sum
}

/** Negative when value `a` is the better one; NaN is worse than everything. */
export function compareValues(a: number, b: number, direction: StudyDirection): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  if (a === b) return 0
  return a < b === (direction === 'minimize') ? -1 : 1
}
