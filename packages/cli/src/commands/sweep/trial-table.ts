import type { TableColumn, TableValue } from '@hotcb/metrics/node'
import { jsonOf } from '@hotcb/sweep'
import { configInForce, type MetricSummary, type TrialResult, type Workspace } from '@hotcb/sweep/node'
import { stageJson } from './stages.ts'

/** Returns the metrics whose direction (`min` or `max`) is in the config. */
export function directionOf(workspace: Workspace): ReadonlyMap<string, 'min' | 'max'> {
  const config = configInForce(workspace)
  const parts = [config, ...config.stages.map((stage) => stage.config)]
  const goals = parts.flatMap(({ halving, objective }) => [halving, objective])
  return new Map(goals.flatMap((goal) => (goal === null ? [] : [[goal.metric, goal.direction] as const])))
}

/** Converts the trials to objects for JSON. */
export function trialObjects(
  results: readonly TrialResult[],
  directions: ReadonlyMap<string, 'min' | 'max'>,
): readonly object[] {
  return results.map((result) => ({
    trial: result.trial.i,
    experiment_name: result.trial.name,
    ...stageJson(result.trial),
    ...(result.group !== null && { group: result.group }),
    state: result.state,
    reason: result.reason,
    attempt: result.attempt,
    step: result.step,
    seconds: result.seconds,
    params: jsonOf(result.values),
    metrics: Object.fromEntries(
      result.metrics.map((metric) => [
        metric.name,
        { final: metric.final, last: metric.last, ...extremes(metric, directions.get(metric.name)) },
      ]),
    ),
  }))
}

/** Returns the best value if the direction is known, otherwise the minimum and the maximum. */
function extremes(
  { min, max, minStep, maxStep }: MetricSummary,
  direction: 'min' | 'max' | undefined,
): Readonly<Record<string, number | null>> {
  if (direction === undefined) return { min, max }
  return direction === 'min' ? { best: min, best_step: minStep } : { best: max, best_step: maxStep }
}

/** Converts the trials to the columns of a table. */
export function trialColumns(
  results: readonly TrialResult[],
  directions: ReadonlyMap<string, 'min' | 'max'>,
): readonly TableColumn[] {
  const columns = new Map<string, TableColumn>()
  const add = (part: string, name: string, values: readonly TableValue[], isWhole = false): void => {
    let free = name
    while (columns.has(free)) free = `${part}.${free}`
    columns.set(free, { name: free, values, isWhole })
  }
  for (const column of ownColumns(results)) columns.set(column.name, column)
  const params = results.map(({ values }) => new Map(values))
  const json = results.map(({ values }) => jsonOf(values))
  for (const name of new Set(params.flatMap((one) => [...one.keys()]))) {
    const values = params.map((one) => one.get(name))
    const isWhole = values.every((value) => value === undefined || value.type === 'int' || value.type === 'none')
    const cells = json.map((one) => flat(one[name]))
    add('params', name, cells, isWhole)
  }
  const metrics = results.map((one) => new Map(one.metrics.map((metric) => [metric.name, metric])))
  for (const name of new Set(metrics.flatMap((one) => [...one.keys()]))) {
    const found = metrics.map((one) => one.get(name))
    add(
      'metrics',
      name,
      found.map((metric) => flat(metric?.final)),
    )
    add(
      'metrics',
      `${name}.last`,
      found.map((metric) => metric?.last ?? null),
    )
    const ends = found.map((metric) => (metric === undefined ? {} : extremes(metric, directions.get(name))))
    for (const end of new Set(ends.flatMap((one) => Object.keys(one)))) {
      add(
        'metrics',
        `${name}.${end}`,
        ends.map((one) => one[end] ?? null),
        end === 'best_step',
      )
    }
  }
  return [...columns.values()]
}

function ownColumns(results: readonly TrialResult[]): readonly TableColumn[] {
  const isStaged = results.some(({ trial }) => trial.stage !== undefined)
  const isGrouped = results.some(({ group }) => group !== null)
  return [
    { name: 'trial', values: results.map(({ trial }) => trial.i), isWhole: true },
    { name: 'experiment_name', values: results.map(({ trial }) => trial.name) },
    ...(isStaged
      ? [
          { name: 'stage', values: results.map(({ trial }) => trial.stage ?? null) },
          { name: 'parent', values: results.map(({ trial }) => trial.parent ?? null), isWhole: true },
        ]
      : []),
    ...(isGrouped ? [{ name: 'group', values: results.map(({ group }) => group), isWhole: true }] : []),
    { name: 'state', values: results.map(({ state }) => state) },
    { name: 'reason', values: results.map(({ reason }) => reason) },
    { name: 'attempt', values: results.map(({ attempt }) => attempt), isWhole: true },
    { name: 'step', values: results.map(({ step }) => step), isWhole: true },
    { name: 'seconds', values: results.map(({ seconds }) => seconds) },
  ]
}

/** Converts a value to one cell. Values other than numbers, strings and booleans become JSON. */
function flat(value: unknown): TableValue {
  if (value === undefined || value === null) return null
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
    ? value
    : JSON.stringify(value)
}
