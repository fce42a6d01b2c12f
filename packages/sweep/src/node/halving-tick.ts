import type { Halving, SweepConfig } from '../config/config.ts'
import type { TrialRecord } from '../journal/fold.ts'
import { HERD_STATUS, trialState } from '../journal/trial-state.ts'
import { comparedSteps, standingsOf, type TrialStanding } from '../planners/halving.ts'
import { carryOutRequests } from './carry-out-requests.ts'
import { comparable, contendersOf, decideHalving, isPausedByPlanner } from './decide-halving.ts'
import { executorOf, executorsInUse } from './executors.ts'
import { freeSlots } from './free-slots.ts'
import type { JournalWriter } from './journal.ts'
import { observeAll, validRows } from './observe.ts'
import { submitWaiting } from './submit.ts'
import { SweepError } from './sweep-error.ts'
import { configInForce, noSweep, underClaim, type Workspace, withMaxConcurrent } from './workspace.ts'

/** The action of one halving tick on a trial. */
export interface HalvingStep {
  readonly i: number
  /** HyperHerd's name for its previous state. */
  readonly status: string
  readonly maxStep: number | null
  readonly action: 'none' | 'prune' | 'pause' | 'submit'
  readonly verdict: TrialStanding['verdict'] | 'none'
  readonly standing: TrialStanding['standing']
}

/** One tick of halving. */
export interface HalvingTick {
  readonly mode: Halving['mode']
  readonly rungs: readonly number[]
  readonly steps: readonly HalvingStep[]
  /** The job in which resumed trials were submitted. */
  readonly job: string | null
}

/** Options for a tick. */
export interface HalvingTickOptions {
  readonly dryRun: boolean
  /** Values that override fields of `successive_halving` for this tick. */
  readonly instead?: Partial<Halving>
  /** The number of concurrent trials on SLURM, which replaces the config's. */
  readonly maxConcurrent?: number
}

/**
 * Makes one decision about each trial, and prunes, pauses and resumes them accordingly.
 *
 * @throws SweepError `refused` if neither the config nor the options define it; `unanswered` if a scheduler does not answer.
 */
export async function tickHalving(workspace: Workspace, options: HalvingTickOptions): Promise<HalvingTick> {
  const { dryRun } = options
  const { journal, paths } = workspace
  journal.refresh()
  if (journal.fold.trials.size === 0) throw noSweep(paths)
  const config = withHalving(configInForce(workspace), options)
  const halving = firstHalving(config)
  const { rows, silent } = await observeAll(workspace, config)
  const [first] = silent
  if (first !== undefined) throw new SweepError('unanswered', first.why)
  const told = { mode: halving.mode, rungs: comparedSteps(halving) }
  if (dryRun) {
    journal.show(rows)
    return { ...told, steps: stepsOf(workspace, config), job: null }
  }
  return underClaim(workspace, 'sh', async (writer) => {
    const valid = validRows(writer.fold, rows)
    if (valid.length > 0) writer.append({ type: 'seen', rows: valid })
    const steps = stepsOf(workspace, config)
    decideHalving(workspace, config, writer)
    const problem = await tellAll(workspace, writer)
    if (problem !== null) throw new SweepError('unanswered', problem)
    const executor = executorOf(workspace, config)
    if (executor.needsDriver) return { ...told, steps, job: null }
    const { jobs } = await submitWaiting({ workspace, config, executor, writer, by: writer.who })
    return { ...told, steps, job: jobs[0] ?? null }
  })
}

const DEFAULTS: Pick<Halving, 'eta' | 'mode' | 'smooth' | 'startup'> = { eta: 2, mode: 'sync', smooth: 1, startup: 5 }

/** Returns the config with the options; applied to a stage without `successive_halving` only if the options are complete. */
function withHalving(config: SweepConfig, { instead = {}, maxConcurrent }: HalvingTickOptions): SweepConfig {
  const changed = (one: SweepConfig): SweepConfig => ({ ...one, halving: halvingOf(one, instead) })
  const stages = config.stages.map((stage) => ({ ...stage, config: changed(stage.config) }))
  return withMaxConcurrent({ ...changed(config), stages }, maxConcurrent ?? config.slurm?.maxConcurrent ?? null)
}

/** Returns the first `successive_halving` in the config. Its mode and rungs are shown. */
function firstHalving({ halving, stages }: SweepConfig): Halving {
  const found = stages.length === 0 ? halving : stages.find(({ config }) => config.halving !== null)?.config.halving
  if (found !== null && found !== undefined) return found
  const flags = '`--metric`, `--direction`, `--min-steps` and `--budget`'
  throw new SweepError(
    'refused',
    `the config has no \`successive_halving\`; add it and start \`herd run\` again, or pass ${flags}`,
  )
}

function halvingOf(config: SweepConfig, instead: Partial<Halving>): Halving | null {
  const given: Partial<Halving> & typeof DEFAULTS = { ...DEFAULTS, ...config.halving, ...instead }
  const { metric, direction, minSteps, budget, ...rest } = given
  if (rest.eta < 2) throw new SweepError('refused', `\`--eta ${rest.eta}\`: must be a whole number of at least 2`)
  if (metric === undefined || direction === undefined || minSteps === undefined || budget === undefined) return null
  if (minSteps < 1 || budget < minSteps) {
    throw new SweepError(
      'refused',
      `a budget of ${budget} steps is smaller than \`min_steps\` ${minSteps}; both must be at least 1`,
    )
  }
  return { metric, direction, minSteps, budget, ...rest, interval: rest.interval ?? minSteps }
}

async function tellAll(workspace: Workspace, writer: JournalWriter): Promise<string | null> {
  const config = configInForce(workspace)
  for (const executor of executorsInUse(workspace, config)) {
    const problem = await carryOutRequests(workspace, config, executor, writer)
    if (problem !== null) return problem
  }
  return null
}

function stepsOf(workspace: Workspace, config: SweepConfig): readonly HalvingStep[] {
  const all = [...workspace.journal.fold.trials.values()].filter(({ isDropped }) => !isDropped)
  return comparable(config, all)
    .flatMap(([{ halving }, records]) => stepsAmong(workspace, halving, records, freeSlots(config, all)))
    .sort((a, b) => a.i - b.i)
}

function stepsAmong(
  workspace: Workspace,
  halving: Halving | null,
  records: readonly TrialRecord[],
  free: number,
): readonly HalvingStep[] {
  if (halving === null) return records.map((record) => stepOf(record, undefined, null))
  const { decisions } = workspace.journal.fold
  const begun = records.filter(({ attempts, isCalled }) => attempts.length > 0 || isCalled)
  const contenders = contendersOf(workspace, begun, halving.metric)
  const standings = standingsOf(contenders, halving, (key) => decisions.get(key)?.verdict, free)
  const byTrial = new Map(standings.map((one) => [one.i, one]))
  const maxSteps = new Map(contenders.map(({ i, series }) => [i, series.at(-1)?.step ?? null]))
  return records.map((record) => stepOf(record, byTrial.get(record.trial.i), maxSteps.get(record.trial.i) ?? null))
}

function stepOf(record: TrialRecord, found: TrialStanding | undefined, maxStep: number | null): HalvingStep {
  const verdict = found?.verdict ?? 'none'
  return {
    i: record.trial.i,
    status: HERD_STATUS[trialState(record)],
    maxStep,
    action: actionFor(record, verdict),
    verdict,
    standing: found?.standing ?? null,
  }
}

function actionFor(record: TrialRecord, verdict: HalvingStep['verdict']): HalvingStep['action'] {
  const state = trialState(record)
  if (state === 'running' && (verdict === 'prune' || verdict === 'pause')) return verdict
  if (state !== 'paused') return 'none'
  if (verdict === 'prune') return 'prune'
  // Only a person resumes a trial that a person paused.
  return isPausedByPlanner(record) && (verdict === 'promote' || verdict === 'run_free') ? 'submit' : 'none'
}
