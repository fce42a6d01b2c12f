import { configOf, groupKey } from '../plan/stages.ts'
import { type SweepTrial, trialValues } from '../plan/trial.ts'
import type { Value } from '../value.ts'
import { effectiveValues } from './population/members.ts'
import { readSweepStatus, type TrialStatus } from './sweep-status.ts'
import { finalMetrics, type MetricPoint, metricSeries } from './trial-metrics.ts'
import { configInForce, type Workspace } from './workspace.ts'

/** Returns a trial's current values. In a population, they may have changed since the trial started. */
export function valuesNow({ journal }: Workspace, trial: SweepTrial): readonly (readonly [name: string, Value])[] {
  const changed = effectiveValues(journal.fold, trial.i)
  return trialValues(trial).map(([name, value]) => [name, changed.get(name) ?? value])
}

/** Returns the number of the combination that a trial repeats with a different seed; null for a sweep without seeds. */
export function createSeedGroups(workspace: Workspace): (trial: SweepTrial) => number | null {
  const config = configInForce(workspace)
  const numbers = new Map<string, number>()
  return (trial) => {
    const { seeds } = configOf(config, trial)
    if (seeds === null) return null
    const key = `${trial.stage ?? ''} ${groupKey(trial, seeds.param)}`
    const group = numbers.get(key) ?? numbers.size
    numbers.set(key, group)
    return group
  }
}

/** A summary of a trial's values for one metric; its fields are null if no value is finite. */
export interface MetricSummary {
  readonly name: string
  /** The final value from the trial's log or its run document. */
  readonly final: unknown
  readonly last: number | null
  readonly min: number | null
  readonly max: number | null
  /** The first step with the smallest value, and the first step with the largest value. */
  readonly minStep: number | null
  readonly maxStep: number | null
}

/** A trial with its values and results. */
export interface TrialResult extends TrialStatus {
  readonly values: readonly (readonly [name: string, Value])[]
  readonly group: number | null
  /** The duration of the latest attempt in seconds. */
  readonly seconds: number | null
  /** Sorted by name, with metrics that have final values first. */
  readonly metrics: readonly MetricSummary[]
}

/**
 * Reads all trials with their values and metrics.
 *
 * @throws SweepError `refused` before the first `run`.
 */
export async function readTrialResults(workspace: Workspace): Promise<readonly TrialResult[]> {
  const { trials } = await readSweepStatus(workspace)
  const groupOf = createSeedGroups(workspace)
  const { fold } = workspace.journal
  return trials.map((status) => {
    const { trial } = status
    const { begun, ended } = fold.trials.get(trial.i)?.attempts.at(-1)?.facts ?? {}
    return {
      ...status,
      values: valuesNow(workspace, trial),
      group: groupOf(trial),
      seconds: begun === undefined || ended === undefined ? null : Math.max(0, ended - begun),
      metrics: summaries(workspace.paths.results, trial.i),
    }
  })
}

function summaries(results: string, i: number): readonly MetricSummary[] {
  const finals = finalMetrics(results, i)
  const series = metricSeries(results, i)
  const names = [...new Set([...finals.keys(), ...series.keys()])]
  return names.map((name) => ({ name, final: finals.get(name) ?? null, ...summaryOf(series.get(name) ?? []) }))
}

function summaryOf(points: readonly MetricPoint[]): Omit<MetricSummary, 'name' | 'final'> {
  let [least, most, last]: (MetricPoint | null)[] = [null, null, null]
  for (const point of points) {
    if (point.value === null || !Number.isFinite(point.value)) continue
    last = point
    if (point.value < (least?.value ?? Number.POSITIVE_INFINITY)) least = point
    if (point.value > (most?.value ?? Number.NEGATIVE_INFINITY)) most = point
  }
  return {
    last: last?.value ?? null,
    min: least?.value ?? null,
    max: most?.value ?? null,
    minStep: least?.step ?? null,
    maxStep: most?.step ?? null,
  }
}
