import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import { printable } from '@hotcb/protocol'
import { isEnd, type TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, isLive, newestAttempt, type TrialState, trialState } from '../journal/trial-state.ts'
import type { Trial } from '../plan/trial.ts'
import { type DriverSign, livingDriver } from './driver-sign.ts'
import { observeLocal } from './observe-local.ts'
import { trialProgress } from './trial-metrics.ts'
import { noSweep, type Workspace } from './workspace.ts'

/** A trial as `status` shows it. */
export interface TrialStatus {
  readonly trial: Trial
  readonly state: TrialState
  /** HyperHerd's word. */
  readonly status: string
  readonly attempt: number
  /** Class of the failure, or why it was stopped. */
  readonly reason: string | null
  readonly isOrphan: boolean
  readonly lastLogLine: string | null
  readonly step: number | null
  readonly stepsPerMinute: number | null
}

/** A sweep as `status` shows it. */
export interface SweepStatus {
  readonly trials: readonly TrialStatus[]
  readonly driver: DriverSign | null
  /** Trials wait, or run, and nobody drives. */
  readonly needsDriver: boolean
}

/**
 * Where the trials are. Writes nothing.
 *
 * @throws SweepError `refused` before the first `run`.
 */
export function readSweepStatus(workspace: Workspace): SweepStatus {
  const { paths, journal } = workspace
  journal.refresh()
  const { fold } = journal
  if (fold.trials.size === 0) throw noSweep(paths)
  // What the journal does not know yet is shown, not written.
  const rows = observeLocal(paths, fold)
  for (const [i, n, r, state, facts] of rows) {
    fold.apply({ n: 0, k: 0, ts: 0, by: '', event: { type: 'seen', rows: [[i, n, r, state, facts]] } })
  }
  const trials = [...fold.trials.values()]
    .filter(({ isDropped }) => !isDropped)
    .map((record) => statusOf(workspace, record))
  const driver = livingDriver(paths)
  const isDue = trials.some(({ state }) => state === 'waiting' || isLive(state))
  return { trials, driver, needsDriver: driver === null && isDue }
}

function statusOf({ paths }: Workspace, record: TrialRecord): TrialStatus {
  const { trial, why, isOrphan } = record
  const state = trialState(record)
  const attempt = newestAttempt(record)
  const hasBegun = attempt !== undefined && (isEnd(attempt.seen) || attempt.seen === 'running')
  const progress = hasBegun ? trialProgress(paths.results, trial.i) : null
  return {
    trial,
    state,
    status: HERD_STATUS[state],
    attempt: attempt?.n ?? 0,
    reason: state === 'failed' ? (attempt?.facts.reason ?? null) : why,
    isOrphan,
    lastLogLine: hasBegun ? lastLine(join(paths.logs, `${trial.i}.out`)) : null,
    step: progress?.step ?? null,
    stepsPerMinute: isLive(state) ? (progress?.perMinute ?? null) : null,
  }
}

const LONGEST_LINE = 60

function lastLine(path: string): string | null {
  try {
    const text = readLastLines(path, 5)
      .map((line) => withoutEscapes(line.text))
      .findLast((line) => line.trim() !== '')
    if (text === undefined || text.startsWith('==== HyperHerd run:')) return null
    return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 3)}...` : text
  } catch {
    return null
  }
}

function withoutEscapes(text: string): string {
  const parts = text.split('\u001b')
  const plain = parts.map((part, at) => (at === 0 ? part : part.replace(/^\[[0-9;?]*[A-Za-z]/, ''))).join('')
  // A progress bar overwrites its line: the last state of it counts.
  return printable(plain.split('\r').findLast((part) => part !== '') ?? '')
}
