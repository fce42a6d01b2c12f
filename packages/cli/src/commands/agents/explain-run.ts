import { createTrends, type MetricCourse, type Trends, trendNumbers, trendText } from '@hotcb/autopilot'
import { directionOf, type Effect, type EffectVerdict, effectOf, guessKeyMetric, verdictOf } from '@hotcb/metrics/judge'
import { metricRecords } from '@hotcb/metrics/node'
import type { Decision } from '@hotcb/protocol'
import { describe, plainReason } from '@hotcb/run'
import { type LedgerRecord, moduleTable, type Run } from '../../run.ts'
import { isLoad, matcherOf } from '../look/log-filter.ts'
import { type RunStatus, readStatus } from '../look/read-status.ts'
import { findProblems, type MetricProblem } from './find-problems.ts'

/** The history of a run. The keys are those of `hotcb explain --json`. */
export interface Explanation {
  readonly version: 1
  readonly status: RunStatus
  readonly key_metric: string | null
  /** The history of each metric, as text and as numbers. The key metric comes first. */
  readonly metrics: readonly ({ readonly name: string; readonly course: string } & MetricCourse)[]
  /** The number of metrics that were left out. */
  readonly more_metrics: number
  /** The current problems of metrics. */
  readonly problems: readonly MetricProblem[]
  /** The latest checkpoint that was saved before the first problem began; null if there is no problem, or no such checkpoint. */
  readonly rollback: { readonly tag: string; readonly step: number } | null
  /** The last changes, oldest first. */
  readonly changes: readonly ExplainedChange[]
  /** The last commands that changed nothing, oldest first. */
  readonly refused: readonly ExplainedLine[]
}

/** One ledger line. */
export interface ExplainedLine {
  readonly seq: number
  readonly step: number | null
  readonly who: string
  readonly what: string
  readonly decision: Decision
  /** Its notes and its error, as text. */
  readonly why: string
}

/** A change, and the key metric before and after it; null if there are too few values. */
export interface ExplainedChange extends ExplainedLine {
  readonly effect: (Effect & { readonly verdict: EffectVerdict }) | null
  /** The `seq` of the checkpoint load that undid it; null if the change is still in effect, or was replaced by a later one. */
  readonly undone_by: number | null
}

const MOST_METRICS = 12
const MOST_CHANGES = 20
const MOST_REFUSED = 5

/** Reads the history of a run. @throws CommandError if an existing file cannot be read. */
export function explainRun(run: Run): Explanation {
  const table = moduleTable(run)
  const records = [...metricRecords(run.dir)]
  const trends = createTrends()
  for (const { step, metrics } of records) trends.take(step, metrics)
  const key = keyMetricOf(run, trends)
  const curve = curveOf(records, key)
  const names = [...trends.names()].filter((name) => name !== key && !/^(sys|time)\//.test(name))
  const shown = [...(key === undefined ? [] : [key]), ...names].slice(0, MOST_METRICS)
  const problems = findProblems(records, trends.names(), key ?? null)
  return {
    version: 1,
    status: readStatus(run),
    key_metric: key ?? null,
    metrics: shown.map((name) => ({ name, ...courseOf(trends, name) })),
    more_metrics: Math.max(0, trends.names().length - shown.length),
    problems,
    rollback: rollbackOf(run, problems),
    changes: changesOf(run, table, (step) => effectAt(curve, key, step)),
    refused: run
      .last('ledger', MOST_REFUSED, matcherOf({ outcome: 'refused' }))
      .map((record) => explained(record, table)),
  }
}

function rollbackOf(run: Run, problems: readonly MetricProblem[]): Explanation['rollback'] {
  const good = problems.flatMap(({ last_good_step: step }) => step ?? [])
  if (good.length === 0) return null
  const latest = Math.min(...good)
  let found: Explanation['rollback'] = null
  for (const { tag, step } of run.checkpoints()) {
    if (step !== null && step <= latest && step >= (found?.step ?? 0)) found = { tag, step }
  }
  return found
}

function keyMetricOf(run: Run, trends: Trends): string | undefined {
  const named = run.document('run').value?.key_metric
  const names = trends.names()
  return typeof named === 'string' && names.includes(named) ? named : guessKeyMetric(names)
}

function courseOf(trends: Trends, name: string): { readonly course: string } & MetricCourse {
  const window = trends.window(name)
  const nulls = trends.nulls(name)
  if (window === undefined) return { course: 'no value yet', last: null, best: null, trends: [], not_finite: nulls }
  return { course: trendText(window, nulls), ...trendNumbers(window, nulls) }
}

/** Returns the last changes. Loading a checkpoint undoes changes at and after its step. */
function changesOf(
  run: Run,
  table: ReturnType<typeof moduleTable>,
  effectOfStep: (step: number | null) => ExplainedChange['effect'],
): readonly ExplainedChange[] {
  const records = run.last('ledger', MOST_CHANGES, matcherOf({ changes: table }))
  return records.map((record, i) => {
    const { step } = record.value
    const undoing = records
      .slice(i + 1)
      .find(({ value }) => isLoad(value) && step !== null && step >= loadedStep(value))
    const isJudged = undoing === undefined && !isLoad(record.value)
    return {
      ...explained(record, table),
      effect: isJudged ? effectOfStep(step) : null,
      undone_by: undoing?.value.seq ?? null,
    }
  })
}

/** Returns the step at which training continues after a checkpoint is loaded, or Infinity if the ledger line does not contain it. */
function loadedStep({ payload }: LedgerRecord['value']): number {
  const step = payload?.['step']
  return typeof step === 'number' ? step : Number.POSITIVE_INFINITY
}

interface Curve {
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/**
 * Returns the values of a metric in ascending order of step. After a rollback, the old values of repeated steps are left out.
 */
function curveOf(
  records: Iterable<{ readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }>,
  name: string | undefined,
): Curve {
  const steps: number[] = []
  const values: (number | null)[] = []
  for (const { step, metrics } of records) {
    const value = name === undefined ? undefined : metrics[name]
    if (value === undefined) continue
    while ((steps.at(-1) ?? -1) >= step) {
      steps.pop()
      values.pop()
    }
    steps.push(step)
    values.push(value)
  }
  return { steps, values }
}

function effectAt({ steps, values }: Curve, key: string | undefined, step: number | null): ExplainedChange['effect'] {
  if (key === undefined || step === null) return null
  const effect = effectOf(steps, values, step)
  return effect === undefined ? null : { ...effect, verdict: verdictOf(effect, directionOf(key)) }
}

function explained({ value: line }: LedgerRecord, table: ReturnType<typeof moduleTable>): ExplainedLine {
  const { seq, step, author, source, decision, error, notes } = line
  return {
    seq,
    step,
    who: author === null || author === source ? source : `${author} (${source})`,
    what: describe(line, { table, limit: 200 }),
    decision,
    why: [error, notes].flatMap((text) => (text === null ? [] : [plainReason(text)])).join('; '),
  }
}
