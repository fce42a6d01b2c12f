import { basename, join } from 'node:path'
import {
  configOf,
  isLive,
  jsonOf,
  newestAttempt,
  type Parameter,
  rungSteps,
  type SweepConfig,
  type TrialRecord,
  trialState,
  trialValues,
} from '@hotcb/sweep'
import { finalMetrics, hasKernel, isSweepError, livingDriver } from '@hotcb/sweep/node'
import type { SweepDetail, SweepParameter, SweepRow, TrialDetail, TrialState } from '../../shared/sweeps/sweep-wire.ts'
import { cellOf, cellsOf } from './cells.ts'
import type { SweepPlace } from './messages.ts'
import { configOfStage, type OpenSweep } from './open-sweep.ts'
import { shownParameters } from './trial-columns.ts'

/** Returns a row of the list of sweeps. No scheduler is queried, because that would take one query per sweep. */
export function rowOfSweep(place: SweepPlace, open: () => OpenSweep): SweepRow {
  const nothing = {
    id: place.id,
    place: place.name,
    totals: {},
    trials: 0,
    executor: null,
    driven: false,
    changed: null,
  }
  try {
    const sweep = open()
    sweep.workspace.journal.refresh()
    const records = sweep.records()
    const name = basename(place.dir)
    if (records.length === 0) return { ...nothing, name, problem: 'not started yet: start it with `herd run`' }
    const { name: ownName, executor } = sweep.config()
    return {
      ...nothing,
      name: ownName,
      totals: totalsOf(records),
      trials: records.length,
      executor,
      driven: livingDriver(sweep.workspace.paths) !== null,
      changed: newestChange(records),
      problem: null,
    }
  } catch (error) {
    if (!isSweepError(error)) throw error
    return { ...nothing, name: basename(place.dir), problem: error.lines[0] ?? error.message }
  }
}

function totalsOf(records: readonly TrialRecord[]): SweepRow['totals'] {
  const totals: Partial<Record<TrialState, number>> = {}
  for (const record of records) {
    const state = trialState(record)
    totals[state] = (totals[state] ?? 0) + 1
  }
  return totals
}

function newestChange(records: readonly TrialRecord[]): number | null {
  const times = records.map((record) => {
    const { begun = 0, ended = 0 } = newestAttempt(record)?.facts ?? {}
    return Math.max(begun, ended)
  })
  const newest = times.reduce((a, b) => Math.max(a, b), 0)
  return newest === 0 ? null : newest
}

/** Returns everything about a sweep, except for its trials. */
export async function detailOfSweep(place: SweepPlace, sweep: OpenSweep): Promise<Omit<SweepDetail, 'can_drive'>> {
  const { driver, needsDriver, progress, silent } = await sweep.status()
  const config = sweep.config()
  const { halving } =
    [config, ...config.stages.map((stage) => stage.config)].find((one) => one.halving !== null) ?? config
  return {
    id: place.id,
    name: config.name,
    place: place.name,
    executor: config.executor,
    objective: sweep.objective(),
    metrics: sweep.metrics(),
    parameters: shownParameters(sweep).map((name) => parameterOf(config, name)),
    stages: config.stages.map(({ name }) => name),
    rungs: halving === null ? [] : rungSteps(halving),
    eta: halving?.eta ?? null,
    population: config.population !== null,
    driver: driver === null ? null : { host: driver.host, pid: driver.pid },
    needs_driver: needsDriver,
    progress: { over: progress.over, called: progress.called, left_seconds: progress.leftSeconds },
    stale: silent.map(({ why }) => why),
  }
}

function parameterOf(config: SweepConfig, name: string): SweepParameter {
  const parameters = [config, ...config.stages.map(({ config: own }) => own)].flatMap((one) => one.parameters)
  const parameter: Parameter | undefined = parameters.find((one) => one.name === name)
  if (parameter === undefined) return { name, log: false, values: null }
  const values = parameter.kind === 'discrete' ? parameter.values : null
  return {
    name,
    log: 'isLog' in parameter && parameter.isLog,
    values: values === null ? null : Object.values(jsonOf(values.map((value, at) => [String(at), value]))).map(cellOf),
  }
}

/** Returns everything about one trial, except for its output; undefined if there is no such trial. */
export async function detailOfTrial(
  sweep: OpenSweep,
  i: number,
): Promise<Omit<TrialDetail, 'output' | 'errors'> | undefined> {
  const status = (await sweep.status()).trials.find(({ trial }) => trial.i === i)
  const record = sweep.workspace.journal.fold.trials.get(i)
  if (status === undefined || record === undefined) return undefined
  const { paths, journal } = sweep.workspace
  return {
    i,
    name: status.trial.name,
    state: status.state,
    why: status.reason,
    params: cellsOf(jsonOf(trialValues(status.trial))),
    metrics: cellsOf(Object.fromEntries(finalMetrics(paths.results, i))),
    stage: status.trial.stage ?? null,
    parent: status.trial.parent ?? null,
    attempts: record.attempts.map(({ n, seen, facts, job }) => ({
      n,
      state: seen ?? 'submitted',
      begun: facts.begun ?? null,
      ended: facts.ended ?? null,
      code: facts.code ?? null,
      reason: facts.reason ?? null,
      job,
      node: facts.node ?? null,
    })),
    decisions: [...journal.fold.decisions.values()].filter(({ trial }) => trial === i).map(decisionText),
    controllable: isLive(status.state) && hasKernel(join(paths.results, String(i))),
  }
}

function decisionText({ planner, verdict, evidence }: { planner: string; verdict: string; evidence: object }): string {
  const facts = Object.entries(evidence).map(([name, value]) => `${name} ${JSON.stringify(value)}`)
  return `${planner}: ${verdict} (${facts.join(', ')})`
}

/** Returns the config of the stage whose trials are analysed: the requested stage, otherwise the first one. */
export function analysedConfig(sweep: OpenSweep, stage: string | null): SweepConfig {
  const config = sweep.config()
  return configOfStage(config, stage ?? config.stages[0]?.name ?? null)
}

/** Returns the completed trials of that stage with their values. */
export function valuedTrials(
  sweep: OpenSweep,
  metric: string,
  config: SweepConfig,
  chosen: readonly number[] | null,
): readonly { readonly trial: TrialRecord['trial']; readonly value: number }[] {
  const courses = sweep.courses(metric)
  const whole = sweep.config()
  const among = chosen === null ? null : new Set(chosen)
  return sweep.records().flatMap((record) => {
    const { trial } = record
    if (trialState(record) !== 'completed' || among?.has(trial.i) === false) return []
    if (configOf(whole, trial) !== config) return []
    const { value } = courses.read(record)
    return value === null ? [] : [{ trial, value }]
  })
}
