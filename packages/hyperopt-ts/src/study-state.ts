import type { Space } from './dimension.ts'
import { fromWire, fromWires, type OutcomeDocument, type StudyEvent, type TrialDocument } from './event.ts'
import { type Defaults, fitParams } from './fit.ts'
import type { Layout } from './layout.ts'
import { type AnyParams, frozenParams, mergeParams } from './params.ts'
import type { SamplerSession } from './sampler-session.ts'
import { StudyError } from './study-error.ts'
import {
  type CompleteTrial,
  compareValues,
  isComplete,
  type JsonValue,
  type Report,
  type StudyDirection,
  type TrialState,
  violation,
} from './trial.ts'

/** A trial that the fold may change. */
export interface TrialRecord {
  readonly number: number
  readonly params: AnyParams
  readonly reports: Report[]
  state: TrialState
  value: number | undefined
  values: readonly number[] | undefined
  constraints: readonly number[] | undefined
  reason: string | undefined
  userAttrs: Record<string, JsonValue> | undefined
  readonly owner: string | undefined
  readonly startedMs: number | undefined
  endedMs: number | undefined
  heartbeatMs: number | undefined
  readonly retryOf: number | undefined
  readonly misfit: string | undefined
  /** The values of parameters that the space no longer has. */
  readonly removed: AnyParams | undefined
}

/** Parameters that are waiting for the next ask. */
export interface Queued {
  readonly params: AnyParams
  readonly retryOf?: number
}

/** The state that results from a study's events. */
export interface StudyState {
  readonly trials: TrialRecord[]
  /** Parameters to try next, in the order in which they were enqueued. */
  readonly queue: Queued[]
  /** The number of entries of `queue` that have become trials. */
  taken: number
  /** The first of the best complete and feasible trials. */
  best: CompleteTrial | undefined
  /** The space that the latest `study` event names. */
  space: Space | undefined
}

/** The context in which events are read. */
export interface Reader {
  readonly layout: Layout
  readonly defaults: Defaults
  readonly directions: readonly StudyDirection[]
  readonly session: SamplerSession
}

/** Returns the state before any event. */
export function emptyState(): StudyState {
  return { trials: [], queue: [], taken: 0, best: undefined, space: undefined }
}

/**
 * Applies an event to the state and passes trials to the sampler.
 *
 * @returns false if the event is void: its number was taken, or its trial had already ended.
 * @throws StudyError `other-study`.
 */
export function applyEvent(state: StudyState, event: StudyEvent, reader: Reader): boolean {
  switch (event.kind) {
    case 'study':
      checkDirections(event, reader.directions)
      state.space = event.space
      return true
    case 'enqueue':
      state.queue.push({ params: event.params })
      return true
    case 'ask':
      return claim(state, event, reader, {
        params: event.params,
        state: 'running',
        ...(event.at === undefined ? {} : { startedMs: event.at, heartbeatMs: event.at }),
        ...(event.owner === undefined ? {} : { owner: event.owner }),
      })
    case 'add':
      return claim(state, event, reader, event.trial)
    default:
      return changeTrial(state, event, reader)
  }
}

type TrialEvent = Exclude<StudyEvent, { readonly kind: 'study' | 'enqueue' | 'ask' | 'add' }>

function changeTrial(state: StudyState, event: TrialEvent, reader: Reader): boolean {
  const record = state.trials[event.number]
  if (record === undefined) return false
  if (event.kind === 'attr') {
    record.userAttrs = { ...record.userAttrs, [event.key]: event.value }
    return true
  }
  if (record.state !== 'running') return false
  switch (event.kind) {
    case 'report':
      record.reports.push({ step: event.step, value: fromWire(event.value) ?? Number.NaN })
      record.heartbeatMs = event.at ?? record.heartbeatMs
      return true
    case 'beat':
      record.heartbeatMs = event.at
      return true
    case 'retry':
      if (record.heartbeatMs !== event.seen) return false
      settle(state, record, reader, { state: 'failed', reason: 'abandoned: no sign of life', at: event.at })
      if (event.again) state.queue.push({ params: originalParams(record), retryOf: event.number })
      return true
    case 'tell':
      settle(state, record, reader, event)
      return true
    default: {
      const unknown: never = event
      throw new Error(`unreachable: event ${String(unknown)}`)
    }
  }
}

/** Returns the parameters with which the trial was run, including those that the space no longer has. */
export function originalParams(record: TrialRecord): AnyParams {
  return record.removed === undefined ? record.params : mergeParams(record.params, record.removed)
}

function checkDirections(event: StudyEvent & { kind: 'study' }, directions: readonly StudyDirection[]): void {
  const stored = event.directions ?? [event.direction]
  if (stored.join() !== directions.join()) {
    throw new StudyError(
      'other-study',
      `the storage contains a study with directions ${stored.join(', ')}, this one has ${directions.join(', ')}`,
    )
  }
}

function claim(
  state: StudyState,
  event: { readonly number: number; readonly queued?: number },
  reader: Reader,
  trial: TrialDocument,
): boolean {
  const { number, queued } = event
  if (number !== state.trials.length || (queued ?? state.taken) !== state.taken) return false
  const retryOf = queued === undefined ? trial.retryOf : state.queue[queued]?.retryOf
  if (queued !== undefined) state.taken += 1
  const record = begin(state, retryOf === undefined ? trial : { ...trial, retryOf }, reader)
  if (record.state !== 'running') show(state, record, reader)
  return true
}

function begin(state: StudyState, trial: TrialDocument, { layout, defaults, session }: Reader): TrialRecord {
  const stored = trial.removed === undefined ? trial.params : mergeParams(trial.params, trial.removed)
  const fit = fitParams(layout, stored, defaults)
  const misfit = 'problem' in fit
  const record: TrialRecord = {
    number: state.trials.length,
    params: frozenParams(misfit ? stored : fit.params),
    state: trial.state,
    value: fromWire(trial.value),
    values: fromWires(trial.values),
    constraints: fromWires(trial.constraints),
    reason: trial.reason,
    reports: (trial.reports ?? []).map(({ step, value }) => ({ step, value: fromWire(value) ?? Number.NaN })),
    userAttrs: trial.userAttrs === undefined ? undefined : { ...trial.userAttrs },
    owner: trial.owner,
    startedMs: trial.startedMs,
    endedMs: trial.endedMs,
    heartbeatMs: trial.heartbeatMs,
    retryOf: trial.retryOf,
    misfit: misfit ? fit.problem : undefined,
    removed: misfit || fit.removed === undefined ? undefined : frozenParams(fit.removed),
  }
  state.trials.push(record)
  if (!misfit) session.begin?.(record, fit.point)
  return record
}

type Settled = OutcomeDocument & { readonly state: Exclude<TrialState, 'running'>; readonly at?: number }

function settle(state: StudyState, record: TrialRecord, reader: Reader, outcome: Settled): void {
  record.state = outcome.state
  record.value = fromWire(outcome.value)
  record.values = fromWires(outcome.values)
  record.constraints = fromWires(outcome.constraints)
  record.reason = outcome.reason
  record.endedMs = outcome.at
  show(state, record, reader)
}

/** Passes a trial that has ended to the sampler and keeps track of the best one. */
function show(state: StudyState, record: TrialRecord, { directions, session }: Reader): void {
  if (record.misfit !== undefined) return
  const [direction = 'minimize'] = directions
  if (isComplete(record) && violation(record) === 0 && isBetter(record, state.best, direction)) state.best = record
  session.finish?.(record)
}

function isBetter(trial: CompleteTrial, best: CompleteTrial | undefined, direction: StudyDirection): boolean {
  if (best === undefined) return true
  const order = compareValues(trial.value, best.value, direction)
  return order < 0 || (order === 0 && trial.number < best.number)
}
