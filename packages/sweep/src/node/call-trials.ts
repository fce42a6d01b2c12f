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
  /**
   * The unique name of a program's decision. If the journal already contains it, nothing is carried out.
   */
  readonly act: string
  /** The SLURM memory and time limit of only these trials, from now on. */
  readonly mem?: string
  readonly time?: string
  /** Whether to call completed and pruned trials too. */
  readonly force?: boolean
}

/** Trials that were called. */
export interface CalledTrials {
  /** Empty if the act was already carried out. */
  readonly trials: readonly number[]
  /** The submissions that a scheduler accepted; null if a driver starts the trials. */
  readonly submitted: Submitted | null
}

/**
 * Restarts trials in the plan with the config in force. Unlike `runSweep`, it does not read `hyperherd.yaml`: edits to that file take
 * effect when someone runs `run`.
 *
 * @throws SweepError `refused` for a trial whose state does not allow it.
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
    // This includes trials that an earlier process with the same act called but could not submit.
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
  throw new SweepError('refused', `trial ${index} cannot be started because it is ${state}`)
}
