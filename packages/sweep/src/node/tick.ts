import { randomBytes } from 'node:crypto'
import type { SweepConfig } from '../config/config.ts'
import { type Fold, isEnd, type TrialRecord } from '../journal/fold.ts'
import { isLive, newestAttempt, trialState } from '../journal/trial-state.ts'
import { nextRetryAt } from '../planners/retries.ts'
import { openBudgetGate, pauseOverBudget } from './budget-gate.ts'
import { crashPoint } from './crash-point.ts'
import { decideHalving } from './decide-halving.ts'
import type { JournalWriter } from './journal.ts'
import { observeLocal, openLocalAttempts } from './observe-local.ts'
import { proposeTrials } from './propose-trials.ts'
import { chooseGpus, slotsOf } from './slots.ts'
import { startLocal } from './start-local.ts'
import { fulfilWishes } from './stop-trials.ts'
import { configInForce, type Workspace } from './workspace.ts'

/** One look of the driver: what became of the trials, what is decided, and what starts. Runs under a claim. */
export function tick(workspace: Workspace, writer: JournalWriter, onExit: () => void): void {
  const { paths } = workspace
  const config = configInForce(workspace)
  const rows = observeLocal(paths, writer.fold)
  if (rows.length > 0) writer.appendBy('driver', { type: 'seen', rows })
  crashPoint('tick-observed')
  callRetries(config, writer)
  decideHalving(workspace, config, writer)
  pauseOverBudget(config, writer)
  proposeTrials(workspace, config, writer)
  fulfilWishes(paths, config, writer)
  crashPoint('tick-told')
  startWaiting(workspace, config, writer, onExit)
}

/** Whether anything still runs, waits, or will be tried again. */
export function hasWork(workspace: Workspace): boolean {
  const { fold } = workspace.journal
  const config = configInForce(workspace)
  const gate = openBudgetGate(config, fold)
  return [...fold.trials.values()].some((record) => {
    const state = trialState(record)
    if (state === 'waiting') return gate.admits(record)
    return isLive(state) || nextRetryAt(record, config.retries) !== null
  })
}

function callRetries({ retries }: SweepConfig, writer: JournalWriter): void {
  const now = Date.now() / 1000
  const due = [...writer.fold.trials.values()].filter((record) => {
    const at = nextRetryAt(record, retries)
    return at !== null && at <= now
  })
  if (due.length > 0) writer.appendBy('driver', { type: 'call', trials: due.map(({ trial }) => trial.i) })
}

function startWaiting(workspace: Workspace, config: SweepConfig, writer: JournalWriter, onExit: () => void): void {
  const { paths } = workspace
  restartUnmarked(workspace, config, writer, onExit)
  const slots = slotsOf(config.local)
  const running = openLocalAttempts(writer.fold)
  let free = slots.count - running.length
  const used = running.map(([, attempt]) => attempt.facts.gpus ?? '').filter((gpus) => gpus !== '')
  const gate = openBudgetGate(config, writer.fold)
  for (const record of waitingIn(writer.fold)) {
    if (free <= 0) return
    if (!gate.admits(record)) continue
    const gpus = chooseGpus(slots, config.local.gpusPerTask, used)
    if (gpus === null) return
    const { trial, attempts } = record
    const n = (attempts.at(-1)?.n ?? 0) + 1
    const sid = randomBytes(6).toString('hex')
    writer.appendBy('driver', { type: 'intent', sid, executor: 'local', attempts: [[trial.i, n]] })
    crashPoint('intent')
    const pid = startLocal(paths, config, { trial, n, gpus }, onExit)
    crashPoint('spawned')
    writer.appendBy('driver', { type: 'sent', sid, job: String(pid) })
    if (gpus !== '') used.push(gpus)
    free--
  }
}

function waitingIn(fold: Fold): readonly TrialRecord[] {
  return [...fold.trials.values()].filter((record) => !record.isDropped && trialState(record) === 'waiting')
}

const MARK_SECONDS = 15

/**
 * Attempts without a mark: their driver was killed around the start. A second wrapper is harmless, since only the one that
 * makes the mark starts the launcher.
 */
function restartUnmarked(workspace: Workspace, config: SweepConfig, writer: JournalWriter, onExit: () => void): void {
  const now = Date.now() / 1000
  for (const [record, attempt] of openLocalAttempts(writer.fold)) {
    const isUnmarked = attempt.seen === null && (attempt.job === null || now - attempt.at > MARK_SECONDS)
    if (!isUnmarked || attempt !== newestAttempt(record) || isEnd(attempt.seen)) continue
    const pid = startLocal(
      workspace.paths,
      config,
      { trial: record.trial, n: attempt.n, gpus: attempt.facts.gpus ?? '' },
      onExit,
    )
    if (attempt.job === null) writer.appendBy('driver', { type: 'sent', sid: attempt.sid, job: String(pid) })
  }
}
