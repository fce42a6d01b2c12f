import type { SweepConfig } from '../config/config.ts'
import type { SweepEvent, Want } from '../journal/event.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { isLive, newestAttempt, type SweepTrialState, trialState } from '../journal/trial-state.ts'
import { matchesPins, readPins } from '../plan/select.ts'
import { parameterNames } from '../plan/stages.ts'
import { trialValues } from '../plan/trial.ts'
import { carryOutRequests } from './carry-out-requests.ts'
import { crashPoint } from './crash-point.ts'
import { executorsInUse } from './executors.ts'
import type { JournalWriter } from './journal.ts'
import { observeAll, validRows } from './observe.ts'
import { SweepError } from './sweep-error.ts'
import { configInForce, noSweep, underClaim, type Workspace } from './workspace.ts'

/** The trials that a command selects. */
export interface Selection {
  readonly index?: number
  /** The indices of several trials. */
  readonly indices?: readonly number[]
  readonly pins?: readonly string[]
  readonly all?: boolean
}

/** How a request is made. */
export interface RequestOptions {
  /** The reason, which `herd status` shows and the journal records. */
  readonly why?: string
  /** Whether to kill running processes immediately. */
  readonly kill?: boolean
  /** The author of the request, for the journal. Default: the user who runs this process at the command line. */
  readonly by?: string
  /**
   * The unique name of a program's decision. If the journal already contains this name, nothing is carried out.
   */
  readonly act?: string
}

/** A trial that a request is about. */
export interface RequestedTrial {
  readonly i: number
  readonly before: SweepTrialState
  readonly job: string | null
  /** The executor of its latest attempt; if it has not started, the executor of its first attempt. */
  readonly executor: string
}

/**
 * Records requests about trials and notifies running ones. A driver does the rest: it kills those that do not exit on their own.
 *
 * @throws SweepError `refused` if the state of a named trial does not allow it.
 */
export async function requestTrials(
  workspace: Workspace,
  want: Want,
  selection: Selection,
  { why, kill, act, by }: RequestOptions = {},
): Promise<readonly RequestedTrial[]> {
  workspace.journal.refresh()
  if (workspace.journal.fold.trials.size === 0) throw noSweep(workspace.paths)
  const config = configInForce(workspace)
  const { rows } = await observeAll(workspace, config)
  return underClaim(
    workspace,
    want,
    async (writer) => {
      const kept = validRows(writer.fold, rows)
      if (kept.length > 0) writer.append({ type: 'seen', rows: kept })
      if (act !== undefined && writer.fold.acts.has(act)) return []
      const chosen = selectTrials(workspace, selection)
      const isNamed = selection.index !== undefined
      const fitting = chosen.filter((record) => canRequest(want, trialState(record), isNamed))
      const [first] = chosen
      if (selection.index !== undefined && fitting.length === 0 && first !== undefined) {
        throw new SweepError('refused', `trial ${selection.index} is ${trialState(first)}; there is nothing to ${want}`)
      }
      const requested = fitting.map((record) => ({
        i: record.trial.i,
        before: trialState(record),
        job: newestAttempt(record)?.job ?? null,
        executor: newestAttempt(record)?.executor ?? config.executor,
      }))
      const trials = requested.map(({ i }) => i)
      if (trials.length > 0) writer.appendBy(by ?? writer.who, requestEvent(want, trials, { why, kill, act }))
      crashPoint('requested')
      await carryOutAll(workspace, config, writer)
      return requested
    },
    want === 'stop' ? 90_000 : undefined,
  )
}

async function carryOutAll(workspace: Workspace, config: SweepConfig, writer: JournalWriter): Promise<void> {
  for (const executor of executorsInUse(workspace, config)) {
    const problem = await carryOutRequests(workspace, config, executor, writer)
    if (problem !== null) throw new SweepError('unanswered', `${problem}; the request stays in the journal`)
  }
}

type UndefinedToo<Options> = { readonly [Key in keyof Options]?: Options[Key] | undefined }

function requestEvent(
  want: Want,
  trials: readonly number[],
  { why, kill, act }: UndefinedToo<RequestOptions>,
): SweepEvent {
  return {
    type: 'wish',
    trials,
    want,
    ...(why !== undefined && { why }),
    ...(kill === true && { kill }),
    ...(act !== undefined && { act }),
  }
}

function canRequest(want: Want, state: SweepTrialState, isNamed: boolean): boolean {
  // A failed or stopped trial is pruned only if it is named: `prune --all` affects only running trials.
  if (want === 'prune' && isNamed && (state === 'failed' || state === 'cancelled' || state === 'ready')) return true
  if (want === 'resume') return state === 'paused' || state === 'cancelled' || state === 'failed'
  if (want === 'hold') return state === 'waiting' || state === 'ready'
  if (want === 'stop') return isLive(state) || state === 'waiting'
  return (isLive(state) && state !== 'stopping') || state === 'waiting' || (want === 'prune' && state === 'paused')
}

/** Returns the trials that a command names. @throws SweepError `refused` if no trials are named, or if one of them does not exist. */
export function selectTrials(
  workspace: Workspace,
  { index, indices, pins, all = false }: Selection,
): readonly TrialRecord[] {
  const { fold } = workspace.journal
  if (fold.trials.size === 0) throw noSweep(workspace.paths)
  const kept = [...fold.trials.values()].filter(({ isDropped }) => !isDropped)
  if (index !== undefined) {
    const record = kept.find(({ trial }) => trial.i === index)
    if (record === undefined)
      throw new SweepError('refused', `trial ${index} does not exist; list the trials with \`herd ls\``)
    return [record]
  }
  if (indices !== undefined) return kept.filter(isAmong(indices, kept))
  if (all) return kept
  if (pins === undefined || pins.length === 0) {
    throw new SweepError('refused', 'select trials with an index, `--pin NAME=VALUE`, or `--all`')
  }
  const read = readPins(pins, parameterNames(configInForce(workspace)))
  if (!read.ok) throw new SweepError('refused', read.message)
  return kept.filter(({ trial }) => matchesPins(trialValues(trial), read.value))
}

function isAmong(indices: readonly number[], kept: readonly TrialRecord[]): (record: TrialRecord) => boolean {
  const known = new Set(kept.map(({ trial }) => trial.i))
  const unknown = indices.find((i) => !known.has(i))
  if (unknown !== undefined) throw new SweepError('refused', `no trial ${unknown}`)
  const asked = new Set(indices)
  return ({ trial }) => asked.has(trial.i)
}
