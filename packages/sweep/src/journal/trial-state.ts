import { type Attempt, isEnd, type TrialRecord } from './fold.ts'

/** The states of a trial. */
export const TRIAL_STATES = [
  'ready',
  'waiting',
  'submitting',
  'submitted',
  'queued',
  'running',
  'stopping',
  'pruning',
  'pausing',
  'paused',
  'cancelled',
  'pruned',
  'completed',
  'failed',
] as const
export type SweepTrialState = (typeof TRIAL_STATES)[number]

/** HyperHerd's name for a state: the value of `status` in its files and JSON. */
export const HERD_STATUS: Readonly<Record<SweepTrialState, string>> = {
  ready: 'ready',
  waiting: 'ready',
  submitting: 'submitted',
  submitted: 'submitted',
  queued: 'queued',
  running: 'running',
  stopping: 'running',
  pruning: 'running',
  pausing: 'running',
  paused: 'paused',
  cancelled: 'cancelled',
  pruned: 'pruned',
  completed: 'completed',
  failed: 'failed',
}

/** Returns a trial's latest attempt. */
export function newestAttempt({ attempts }: TrialRecord): Attempt | undefined {
  return attempts.at(-1)
}

/** Returns a trial's state, which follows from its latest attempt and its latest request. */
export function trialState(record: TrialRecord): SweepTrialState {
  const attempt = newestAttempt(record)
  if (record.isCalled) return record.wish === 'hold' ? 'paused' : 'waiting'
  if (attempt === undefined) return beforeStart(record)
  if (isEnd(attempt.seen)) return afterEnd(record, attempt)
  if (record.wish === 'stop') return 'stopping'
  if (record.wish === 'prune') return 'pruning'
  if (record.wish === 'pause') return 'pausing'
  if (attempt.seen === 'running' || attempt.seen === 'queued') return attempt.seen
  return attempt.job === null ? 'submitting' : 'submitted'
}

function beforeStart({ wish }: TrialRecord): SweepTrialState {
  if (wish === 'stop') return 'cancelled'
  if (wish === 'prune') return 'pruned'
  return wish === 'pause' || wish === 'hold' ? 'paused' : 'ready'
}

function afterEnd({ wish }: TrialRecord, { seen, told, facts }: Attempt): SweepTrialState {
  // A trainer that saw the request may exit with 0; a trainer that had already finished counts as completed.
  const wasTold = told.length > 0
  if (seen === 'completed' && !wasTold) return 'completed'
  if (wish === 'stop') return 'cancelled'
  if (wish === 'prune') return 'pruned'
  if (wish === 'pause') return 'paused'
  if (seen === 'cancelled') return 'cancelled'
  return seen === 'completed' || facts.code === 0 ? 'completed' : 'failed'
}

/** Whether one of the trial's processes may be running or will start. */
export function isLive(state: SweepTrialState): boolean {
  return LIVE.has(state)
}

const LIVE: ReadonlySet<SweepTrialState> = new Set([
  'submitting',
  'submitted',
  'queued',
  'running',
  'stopping',
  'pruning',
  'pausing',
])

/** States in which a trial may not be dropped from the plan without `--force`. */
export function isHeldInPlan(state: SweepTrialState): boolean {
  return isLive(state) || state === 'paused' || state === 'completed'
}

/** States from which `run` starts a trial that the command line does not name. */
export function isPending(state: SweepTrialState): boolean {
  return state === 'ready' || state === 'waiting' || state === 'failed' || state === 'cancelled'
}
