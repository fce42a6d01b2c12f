import { errnoOf } from '@hotcb/journal'
import type { SweepConfig } from '../config/config.ts'
import { isModelSearch } from '../config/model-methods.ts'
import type { Observation } from '../executor/executor.ts'
import type { SeenRow } from '../journal/event.ts'
import { type Attempt, type Fold, isEnd, type TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, isLive, newestAttempt, type SweepTrialState, trialState } from '../journal/trial-state.ts'
import type { SweepTrial } from '../plan/trial.ts'
import { type SweepProgress, sweepProgress } from '../status/progress.ts'
import { type DriverSign, livingDriver } from './driver-sign.ts'
import type { JournalWriter } from './journal.ts'
import { lastLogLine } from './last-log-line.ts'
import { observeAll, validRows } from './observe.ts'
import { type StageProgress, stagesNow } from './parts.ts'
import type { WorkspacePaths } from './paths.ts'
import { isSweepError } from './sweep-error.ts'
import { trialProgress } from './trial-metrics.ts'
import { configInForce, noSweep, underClaim, type Workspace } from './workspace.ts'

/** A trial as `status` shows it. */
export interface TrialStatus {
  readonly trial: SweepTrial
  readonly state: SweepTrialState
  /** HyperHerd's name for the state. */
  readonly status: string
  readonly attempt: number
  /** The failure class, or why it was stopped. */
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
  /** Whether trials are waiting or running although no driver is running. */
  readonly needsDriver: boolean
  readonly progress: SweepProgress
  /** The sources that did not answer. The data shown from them is from their last answer. */
  readonly silent: Observation['silent']
  /** Empty for a sweep without stages. */
  readonly stages: readonly StageProgress[]
  /** The stages that the last `run` selected; null for all. */
  readonly askedStages: readonly string[] | null
}

/**
 * Returns the state of the trials. A scheduler's answer is recorded if no other process is writing; nothing else is recorded. In a
 * read-only workspace, nothing is recorded at all.
 *
 * @throws SweepError `refused` before the first `run`.
 */
export async function readSweepStatus(workspace: Workspace): Promise<SweepStatus> {
  const { paths, journal } = workspace
  journal.refresh()
  if (journal.fold.trials.size === 0) throw noSweep(paths)
  const config = configInForce(workspace)
  const { rows, silent } = await observeAll(workspace, config)
  await recordSeen(workspace, rows)
  const { fold } = journal
  journal.show(rows)
  const trials = [...fold.trials.values()]
    .filter(({ isDropped }) => !isDropped)
    .map((record) => statusOf(workspace, record))
  const driver = livingDriver(paths)
  const stages = stagesNow(workspace, config)
  const progress = sweepProgress(fold.trials.values(), plannedIn(config, stages), workspace.clock.now())
  const needsDriver = driver === null && (isDue(fold) || isStageDue(fold, stages))
  return { trials, driver, needsDriver, progress, silent, stages, askedStages: fold.config?.stages ?? null }
}

/** Whether anything needs a driver: trials running on this machine, or trials waiting for a free place. */
function isDue(fold: Fold): boolean {
  return [...fold.trials.values()].some((record) => {
    if (record.isDropped) return false
    const state = trialState(record)
    if (state === 'waiting' || state === 'pruning' || state === 'pausing') return true
    return isLive(state) && newestAttempt(record)?.executor === 'local'
  })
}

/** Returns the number of trials that searches have yet to propose; 0 if there are none. */
function plannedIn(config: SweepConfig, stages: readonly StageProgress[]): number {
  const configs = stages.length === 0 ? [config] : stages.flatMap(({ parts }) => parts.map((part) => part.config))
  return configs.reduce((sum, one) => sum + (isModelSearch(one) ? (one.search?.trials ?? 0) : 0), 0)
}

/** Whether a later stage can choose parents now, or once the running trials have ended. */
function isStageDue(fold: Fold, stages: readonly StageProgress[]): boolean {
  const runs = (record: TrialRecord): boolean => isLive(trialState(record))
  const asked = fold.config?.stages ?? null
  return stages.some(
    ({ stage, waitsFor, unplanned }) => (asked?.includes(stage.name) ?? true) && (unplanned > 0 || waitsFor.some(runs)),
  )
}

/**
 * Records what a scheduler reported. For local trials, the driver does this, so that a query does not compete with the driver for the
 * claim.
 */
async function recordSeen({ journal, ...workspace }: Workspace, rows: readonly SeenRow[]): Promise<void> {
  if (workspace.isLookOnly) return
  const isFarAway = ([i]: SeenRow): boolean => {
    const record = journal.fold.trials.get(i)
    return record !== undefined && newestAttempt(record)?.executor !== 'local'
  }
  if (!rows.some(isFarAway)) return
  const write = (writer: JournalWriter): void => {
    const valid = validRows(writer.fold, rows)
    if (valid.length > 0) writer.append({ type: 'seen', rows: valid })
  }
  try {
    await underClaim({ ...workspace, journal }, 'status', write, 0)
  } catch (error) {
    // Another process is writing, or the files belong to another user. The state is shown anyway.
    if (!isSweepError(error) && errnoOf(error) === undefined) throw error
  }
}

function statusOf({ paths }: Workspace, record: TrialRecord): TrialStatus {
  const { trial, why, isOrphan } = record
  const state = trialState(record)
  const attempt = newestAttempt(record)
  const hasBegun = attempt !== undefined && (isEnd(attempt.seen) || attempt.seen === 'running')
  const { lastLog, progress } = hasBegun ? signsOf(paths, trial.i, attempt) : NO_SIGNS
  return {
    trial,
    state,
    status: HERD_STATUS[state],
    attempt: attempt?.n ?? 0,
    reason: reasonOf(state, attempt, why),
    isOrphan,
    lastLogLine: lastLog,
    step: progress?.step ?? null,
    stepsPerMinute: isLive(state) ? (progress?.perMinute ?? null) : null,
  }
}

/** Returns the failure class, the reason for a stop request, who cancelled the attempt, or why it is waiting in the scheduler. */
function reasonOf(state: SweepTrialState, attempt: Attempt | undefined, why: string | null): string | null {
  const { reason = null, waits, again } = attempt?.facts ?? {}
  if (state === 'failed') return reason
  if (state === 'cancelled' && why === null && attempt?.told.length === 0) return reason
  if (state !== 'queued') return why
  const waiting = [...(again === undefined ? [] : [again]), ...(waits === undefined ? [] : [waits])]
  return waiting.length === 0 ? why : waiting.join(', ')
}

interface Signs {
  readonly lastLog: string | null
  readonly progress: ReturnType<typeof trialProgress>
}

const NO_SIGNS: Signs = { lastLog: null, progress: null }

/** Returns a trial's last output and step: from the journal once it has ended, otherwise from its files. */
function signsOf(paths: WorkspacePaths, i: number, { seen, facts }: Attempt): Signs {
  const { last_log: recorded, step } = facts
  if (recorded === undefined || !isEnd(seen)) {
    return { lastLog: lastLogLine(paths, i), progress: trialProgress(paths.results, i) }
  }
  return { lastLog: recorded === '' ? null : recorded, progress: step === undefined ? null : { step, perMinute: null } }
}
