import { type SweepTrialState, trialState } from '../journal/trial-state.ts'
import { executorOf } from './executors.ts'
import { observeAll, validRows } from './observe.ts'
import { selectTrials } from './request-trials.ts'
import { checkResources } from './run-options.ts'
import { requireProgram, submit } from './run-sweep.ts'
import type { Submitted } from './submit.ts'
import { SweepError } from './sweep-error.ts'
import { configInForce, noSweep, underClaim, type Workspace } from './workspace.ts'

/** Options for calling trials. */
export interface CallOptions {
  /** Names what a program decided. What the journal has under this name is not done a second time. */
  readonly act: string
  /** Memory and time of these trials alone on SLURM, from now on. */
  readonly mem?: string
  readonly time?: string
  /** Also trials that completed or were pruned. */
  readonly force?: boolean
}

/** Trials that were called. */
export interface CalledTrials {
  /** Empty if the act was done before. */
  readonly trials: readonly number[]
  /** Submissions that a scheduler accepted; null if a driver starts the trials. */
  readonly submitted: Submitted | null
}

/**
 * Starts trials of the plan again, with the config in force. Other than `runSweep`, it does not read `hyperherd.yaml`: an edit
 * of it takes effect when a person types `run`.
 *
 * @throws SweepError `refused` for a trial that is in no state for it.
 */
export async function callTrials(
  workspace: Workspace,
  indices: readonly number[],
  { act, mem, time, force = false }: CallOptions,
): Promise<CalledTrials> {
  workspace.journal.refresh()
  if (workspace.journal.fold.trials.size === 0) throw noSweep(workspace.paths)
  const config = configInForce(workspace)
  checkResources(config.executor, { mem: mem ?? null, time: time ?? null })
  requireProgram(config)
  const executor = executorOf(workspace, config)
  const { rows } = await observeAll(workspace, config)
  return underClaim(workspace, 'call', async (writer) => {
    const valid = validRows(writer.fold, rows)
    if (valid.length > 0) writer.append({ type: 'seen', rows: valid })
    const isDone = writer.fold.acts.has(act)
    if (!isDone) {
      for (const i of indices) requireCallable(workspace, i, force)
      const resources = { ...(mem !== undefined && { mem }), ...(time !== undefined && { time }) }
      writer.append({ type: 'call', trials: indices, act, ...resources })
    }
    // Also what an earlier process of the same act had called, and could not submit.
    const submitted = executor.needsDriver ? null : await submit(workspace, config, executor, writer)
    return { trials: isDone ? [] : indices, submitted }
  })
}

const CALLABLE: ReadonlySet<SweepTrialState> = new Set(['ready', 'failed', 'cancelled', 'paused'])
const FORCED: ReadonlySet<SweepTrialState> = new Set(['completed', 'pruned'])

function requireCallable(workspace: Workspace, index: number, force: boolean): void {
  const [record] = selectTrials(workspace, { index })
  const state = record === undefined ? 'ready' : trialState(record)
  if (CALLABLE.has(state) || (force && FORCED.has(state))) return
  throw new SweepError('refused', `trial ${index} is ${state}: it cannot be started`)
}
