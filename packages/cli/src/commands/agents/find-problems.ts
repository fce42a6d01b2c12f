import {
  type ConditionResult,
  createLineWindow,
  directionOf,
  divergence,
  gradExplosion,
  healthMetrics,
  type LineWindow,
  notFinite,
  overfitting,
  stuck,
} from '@hotcb/metrics/judge'

/** A current problem of a metric. */
export interface MetricProblem {
  readonly metric: string
  readonly kind: ProblemKind
  readonly because: string
  /** The step of its last good value; null if that is not known. */
  readonly last_good_step: number | null
}

type ProblemKind = 'not_finite' | 'diverges' | 'grad_explosion' | 'overfits' | 'stuck'

interface MetricsOfStep {
  readonly step: number
  readonly metrics: Readonly<Record<string, number | null>>
}

/** Checks the metrics that show the health of a run, with the same conditions as the autopilot and the notifications. */
export function findProblems(
  records: Iterable<MetricsOfStep>,
  names: readonly string[],
  key: string | null,
): readonly MetricProblem[] {
  const windows = new Map<string, LineWindow>()
  for (const name of healthMetrics(names, key)) {
    windows.set(name, createLineWindow({ sign: directionOf(name) === 'max' ? -1 : 1 }))
  }
  for (const { step, metrics } of records) {
    for (const [name, window] of windows) {
      const value = metrics[name]
      if (value !== undefined) window.push(step, value)
    }
  }
  return [...windows].flatMap(([metric, window]) => problemOf(metric, window, windows) ?? [])
}

function problemOf(
  metric: string,
  window: LineWindow,
  windows: ReadonlyMap<string, LineWindow>,
): MetricProblem | undefined {
  for (const [kind, check] of checksOf(metric, windows.get('train_loss'))) {
    const { is, because, onset } = check(window)
    if (is) return { metric, kind, because, last_good_step: onset ?? null }
  }
  return undefined
}

type Check = readonly [ProblemKind, (window: LineWindow) => ConditionResult]

/** Returns the conditions to check for a metric, worst first. */
function checksOf(metric: string, train: LineWindow | undefined): readonly Check[] {
  if (metric.includes('grad'))
    return [
      ['not_finite', notFinite],
      ['grad_explosion', gradExplosion],
    ]
  // A loss term may have weight 0. Its value is then not minimized and may grow.
  if (metric.startsWith('loss/')) return [['not_finite', notFinite]]
  const checks: Check[] = [
    ['not_finite', notFinite],
    ['diverges', divergence],
  ]
  const isValidation = /^(val|eval|test)[_/]loss$/.test(metric)
  if (train !== undefined && isValidation) checks.push(['overfits', (window) => overfitting(window, train)])
  if (metric.endsWith('loss')) checks.push(['stuck', stuck])
  return checks
}
