import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { configOf, isLive, jsonOf, newestAttempt, nextRetryAt, type SweepConfig, type TrialRecord } from '@hotcb/sweep'
import {
  configInForce,
  livingSign,
  loadConfig,
  metricSeries,
  plannedTrials,
  readSweepStatus,
  resourcesOf,
  stderrTail,
  type TrialStatus,
  type Workspace,
} from '@hotcb/sweep/node'
import type { Outlook, TrialView } from '../types.ts'

/** The maximum number of trials whose metrics are read in one check. */
const MOST_READ = 200

/** Reads the state of the sweep. Before the first `run`, that is the plan in the config. */
export async function readOutlook(workspace: Workspace, nowS: number): Promise<Outlook> {
  workspace.journal.refresh()
  if (workspace.journal.fold.trials.size === 0) return planned(workspace, nowS)
  const status = await readSweepStatus(workspace)
  const config = configInForce(workspace)
  let toRead = MOST_READ
  const trials = status.trials.map((one) => {
    const record = workspace.journal.fold.trials.get(one.trial.i)
    const readsMetrics = one.state === 'running' && toRead-- > 0
    return record === undefined ? plainView(one) : viewOf(workspace, config, one, record, readsMetrics)
  })
  const { driver } = status
  return {
    ...aboutSweep(workspace, config, nowS),
    trials,
    driver: driver === null ? null : `process ${driver.pid} on ${driver.host}`,
    needsDriver: status.needsDriver,
    silent: status.silent.map(({ why }) => why),
    isStarted: true,
  }
}

async function planned(workspace: Workspace, nowS: number): Promise<Outlook> {
  const { config } = loadConfig(workspace.paths)
  const { trials } = await plannedTrials(workspace)
  const driver = livingSign(workspace.paths.driver)
  return {
    ...aboutSweep(workspace, config, nowS),
    trials: trials.map(({ trial, state }) => ({
      ...EMPTY,
      i: trial.i,
      name: trial.name,
      state,
      params: jsonOf(trial.params),
    })),
    driver: driver === null ? null : `process ${driver.pid} on ${driver.host}`,
    needsDriver: false,
    silent: [],
    isStarted: false,
  }
}

function aboutSweep(
  { paths }: Workspace,
  { name, executor, objective, halving }: SweepConfig,
  at: number,
): Pick<Outlook, 'sweep' | 'workspace' | 'executor' | 'objective' | 'halving' | 'at'> {
  return {
    sweep: name,
    workspace: paths.root,
    executor,
    objective: objective === null ? null : { metric: objective.metric, direction: objective.direction },
    halving,
    at,
  }
}

const EMPTY = {
  attempt: 0,
  reason: null,
  step: null,
  stepsPerMinute: null,
  elapsedSeconds: null,
  signAt: null,
  mem: null,
  time: null,
  isRetried: false,
  nanMetric: null,
  code: null,
  untrustedLastLog: null,
  untrustedErrorTail: null,
} satisfies Partial<TrialView>

function plainView({ trial, state, attempt, reason, step, stepsPerMinute, lastLogLine }: TrialStatus): TrialView {
  const { i, name, params } = trial
  return {
    ...EMPTY,
    i,
    name,
    state,
    attempt,
    reason,
    step,
    stepsPerMinute,
    params: jsonOf(params),
    untrustedLastLog: lastLogLine,
  }
}

function viewOf(
  workspace: Workspace,
  sweep: SweepConfig,
  status: TrialStatus,
  record: TrialRecord,
  readsMetrics: boolean,
): TrialView {
  const { paths, clock } = workspace
  const { i } = record.trial
  const { state } = status
  const attempt = newestAttempt(record)
  const config = configOf(sweep, record.trial)
  const slurm = sweep.executor === 'slurm' ? resourcesOf(sweep, record) : null
  const begun = attempt?.facts.begun ?? (attempt?.seen === 'running' ? attempt.at : undefined)
  const ended = isLive(state) ? clock.now() : attempt?.facts.ended
  return {
    ...plainView(status),
    elapsedSeconds: begun === undefined || ended === undefined ? null : Math.max(0, ended - begun),
    signAt: state === 'running' ? lastSign(paths, i) : null,
    mem: slurm?.mem ?? null,
    time: slurm?.time ?? null,
    isRetried: nextRetryAt(record, config.retries) !== null,
    nanMetric: readsMetrics ? nanMetric(paths.results, i, config.objective?.metric) : null,
    code: attempt?.facts.code ?? null,
    untrustedErrorTail: state === 'failed' ? stderrTail(paths, i) : null,
  }
}

/** Returns the metric whose latest value is not a number: the objective or, if there is none, a loss. */
function nanMetric(results: string, i: number, objective: string | undefined): string | null {
  for (const [name, points] of metricSeries(results, i)) {
    const isWatched = objective === undefined ? /loss/i.test(name) : name === objective
    const last = points.at(-1)
    if (isWatched && last !== undefined && last.value === null) return name
  }
  return null
}

/** Returns the time when a trial last wrote anything. */
function lastSign({ logs, results }: Workspace['paths'], i: number): number | null {
  const dir = join(results, String(i))
  const streams = join(dir, 'stream')
  const files = [join(logs, `${i}.out`), join(logs, `${i}.err`), join(dir, 'hotcb.metrics.jsonl'), ...filesIn(streams)]
  const times = files.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0)
  const latest = Math.max(...times)
  return latest === 0 ? null : latest / 1000
}

function filesIn(dir: string): readonly string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => join(dir, name))
}
