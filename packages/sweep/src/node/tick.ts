import type { SweepConfig } from '../config/config.ts'
import type { Executor } from '../executor/executor.ts'
import { isLive, trialState } from '../journal/trial-state.ts'
import { nextRetryAt } from '../planners/retries.ts'
import { openBudgetGate, pauseOverBudget } from './budget-gate.ts'
import { carryOutRequests } from './carry-out-requests.ts'
import { crashPoint } from './crash-point.ts'
import { decideHalving } from './decide-halving.ts'
import { executorOf } from './executors.ts'
import type { JournalWriter } from './journal.ts'
import { followParents } from './native-stages.ts'
import { observeOn, validRows } from './observe.ts'
import { decidePopulations } from './population/decide-population.ts'
import { proposeTrials } from './propose-trials.ts'
import { recoverSubmissions, submitWaiting } from './submit.ts'
import { shareThrottle } from './throttle.ts'
import { configInForce, type Workspace } from './workspace.ts'

/**
 * One driver check: records the outcomes of trials, makes decisions, and starts trials. Needs a claim.
 *
 * @returns Why a trial could not be asked to stop; null if all of them were asked.
 */
export async function tick(
  workspace: Workspace,
  writer: JournalWriter,
  executors: readonly Executor[],
): Promise<string | null> {
  const config = configInForce(workspace)
  const { rows } = await observeOn(workspace, executors)
  const valid = validRows(writer.fold, rows)
  if (valid.length > 0) writer.appendBy('driver', { type: 'seen', rows: valid })
  crashPoint('tick-observed')
  for (const executor of executors) await recoverSubmissions({ workspace, config, executor, writer, by: 'driver' })
  callRetries(workspace, config, writer)
  crashPoint('tick-recovered')
  decideHalving(workspace, config, writer)
  decidePopulations(workspace, config, writer)
  pauseOverBudget(config, writer, workspace.clock.now())
  proposeTrials(workspace, config, writer)
  followParents(config, writer)
  const problems: (string | null)[] = []
  for (const executor of executors) problems.push(await carryOutRequests(workspace, config, executor, writer))
  crashPoint('tick-told')
  const executor = executors.find(({ name }) => name === config.executor) ?? executorOf(workspace, config)
  await shareThrottle(config, executor, writer)
  await submitWaiting({ workspace, config, executor, writer, by: 'driver' })
  return problems.find((one) => one !== null) ?? null
}

/** Whether any trial is still running or waiting, or will be retried. */
export function hasWork(workspace: Workspace): boolean {
  const { fold } = workspace.journal
  const config = configInForce(workspace)
  const gate = openBudgetGate(config, fold, workspace.clock.now())
  return [...fold.trials.values()].some((record) => {
    const state = trialState(record)
    if (state === 'waiting') return gate.admits(record)
    return isLive(state) || nextRetryAt(record, config.retries) !== null
  })
}

function callRetries({ clock }: Workspace, { retries }: SweepConfig, writer: JournalWriter): void {
  const now = clock.now()
  const due = [...writer.fold.trials.values()].filter((record) => {
    const at = nextRetryAt(record, retries)
    return at !== null && at <= now
  })
  if (due.length > 0) writer.appendBy('driver', { type: 'call', trials: due.map(({ trial }) => trial.i) })
}
