import { fromWire, type StudyEvent, sameData, type TrialDocument } from './event.ts'
import { encodeParams, type Layout } from './layout.ts'
import { type AnyParams, frozenParams } from './params.ts'
import type { SamplerSession } from './sampler.ts'
import { StudyError } from './study-error.ts'
import { type CompleteTrial, compareValues, type Direction, isComplete, type Report, type TrialState } from './trial.ts'

/** A trial that the fold may change. */
export interface TrialRecord {
  readonly number: number
  readonly params: AnyParams
  readonly reports: Report[]
  state: TrialState
  value: number | undefined
  reason: string | undefined
}

/** What the events of a study add up to. */
export interface StudyState {
  readonly trials: TrialRecord[]
  /** Parameters to try next, in the order of asking for them. */
  readonly queue: AnyParams[]
  /** How many of `queue` have become trials. */
  taken: number
  /** The first of the best complete trials. */
  best: CompleteTrial | undefined
  /** True once the event that names the space has been seen. */
  named: boolean
}

/** The state before any event. */
export function emptyState(): StudyState {
  return { trials: [], queue: [], taken: 0, best: undefined, named: false }
}

/**
 * Takes an event into the state and shows trials to the sampler.
 *
 * @returns false when the event counts for nothing: its number was taken, its trial was told before.
 * @throws StudyError `other-study` or `bad-document`.
 */
export function applyEvent(
  state: StudyState,
  event: StudyEvent,
  layout: Layout,
  direction: Direction,
  session: SamplerSession,
): boolean {
  switch (event.kind) {
    case 'study':
      checkSame(event, layout, direction)
      state.named = true
      return true
    case 'enqueue':
      state.queue.push(event.params)
      return true
    case 'ask': {
      if (event.number !== state.trials.length || (event.queued ?? state.taken) !== state.taken) return false
      begin(state, { params: event.params, state: 'running' }, layout, session)
      if (event.queued !== undefined) state.taken += 1
      return true
    }
    case 'add': {
      if (event.number !== state.trials.length) return false
      const record = begin(state, event.trial, layout, session)
      if (record.state !== 'running') settle(state, record, direction, session)
      return true
    }
    case 'report': {
      const record = runningTrial(state, event.number)
      if (record === undefined) return false
      record.reports.push({ step: event.step, value: fromWire(event.value) ?? Number.NaN })
      return true
    }
    case 'tell': {
      const record = runningTrial(state, event.number)
      if (record === undefined) return false
      record.state = event.state
      record.value = fromWire(event.value)
      record.reason = event.reason
      settle(state, record, direction, session)
      return true
    }
    default: {
      const unknown: never = event
      throw new StudyError('bad-document', `a stored event has an unknown kind: ${String(unknown)}`)
    }
  }
}

function runningTrial(state: StudyState, number: number): TrialRecord | undefined {
  const record = state.trials[number]
  return record?.state === 'running' ? record : undefined
}

function checkSame(event: StudyEvent & { kind: 'study' }, layout: Layout, direction: Direction): void {
  if (event.direction !== direction) {
    throw new StudyError('other-study', `the storage holds a study to ${event.direction}, this one is to ${direction}`)
  }
  if (!sameData(layout.space, event.space)) {
    throw new StudyError(
      'other-study',
      'the storage holds a study of another space, open it with the space it was made with',
    )
  }
}

function begin(state: StudyState, trial: TrialDocument, layout: Layout, session: SamplerSession): TrialRecord {
  const point = pointOf(trial.params, state.trials.length, layout)
  const record: TrialRecord = {
    number: state.trials.length,
    params: frozenParams(trial.params),
    state: trial.state,
    value: fromWire(trial.value),
    reason: trial.reason,
    reports: (trial.reports ?? []).map(({ step, value }) => ({ step, value: fromWire(value) ?? Number.NaN })),
  }
  state.trials.push(record)
  session.begin?.(record, point)
  return record
}

function pointOf(params: AnyParams, number: number, layout: Layout): Float64Array {
  try {
    return encodeParams(layout, params)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StudyError('bad-document', `trial ${number} does not fit the space: ${why}`, { cause })
  }
}

function settle(state: StudyState, record: TrialRecord, direction: Direction, session: SamplerSession): void {
  if (isComplete(record) && isBetter(record, state.best, direction)) state.best = record
  session.finish?.(record)
}

function isBetter(trial: CompleteTrial, best: CompleteTrial | undefined, direction: Direction): boolean {
  if (best === undefined) return true
  const order = compareValues(trial.value, best.value, direction)
  return order < 0 || (order === 0 && trial.number < best.number)
}
