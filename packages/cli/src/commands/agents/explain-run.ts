import { createTrends, type Trends, trendText } from '@hotcb/autopilot'
import { directionOf, type Effect, type EffectVerdict, effectOf, guessKeyMetric, verdictOf } from '@hotcb/metrics/judge'
import { metricRecords } from '@hotcb/metrics/node'
import type { Decision } from '@hotcb/protocol'
import { describe, plainReason } from '@hotcb/run'
import { type LedgerRecord, moduleTable, type Run } from '../../run.ts'
import { matcherOf } from '../look/log-filter.ts'
import { type RunStatus, readStatus } from '../look/read-status.ts'
import { findProblems, type MetricProblem } from './find-problems.ts'

/** What happened in a run. The keys are those of `hotcb explain --json`. */
export interface Explanation {
  readonly version: 1
  readonly status: RunStatus
  readonly key_metric: string | null
  /** The course of each metric, the key metric first. */
  readonly metrics: readonly { readonly name: string; readonly course: string }[]
  /** Metrics that are left out. */
  readonly more_metrics: number
  /** What is wrong with metrics now. */
  readonly problems: readonly MetricProblem[]
  /** The newest checkpoint from before the first problem began; null if there is no problem, or no such checkpoint. */
  readonly rollback: { readonly tag: string; readonly step: number } | null
  /** The last changes, oldest first. */
  readonly changes: readonly ExplainedChange[]
  /** The last commands that changed nothing, oldest first. */
  readonly refused: readonly ExplainedLine[]
}

/** One line of the ledger. */
export interface ExplainedLine {
  readonly seq: number
  readonly step: number | null
  readonly who: string
  readonly what: string
  readonly decision: Decision
  /** Note and error. */
  readonly why: string
}

/** A change, and how the key metric moved around it; null if there are too few values. */
export interface ExplainedChange extends ExplainedLine {
  readonly effect: (Effect & { readonly verdict: EffectVerdict }) | null
}

const MOST_METRICS = 12
const MOST_CHANGES = 20
const MOST_REFUSED = 5

/** Reads what happened in a run. @throws CommandError where an existing file cannot be read. */
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
    metrics: shown.map((name) => ({ name, course: courseOf(trends, name) })),
    more_metrics: Math.max(0, trends.names().length - shown.length),
    problems,
    rollback: rollbackOf(run, problems),
    changes: run.last('ledger', MOST_CHANGES, matcherOf({ changes: table })).map((record) => ({
      ...explained(record, table),
      effect: effectAt(curve, key, record.value.step),
    })),
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

function courseOf(trends: Trends, name: string): string {
  const window = trends.window(name)
  return window === undefined ? 'no value yet' : trendText(window, trends.nulls(name))
}

interface Curve {
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** The values of a metric by ascending step. After a rollback, the steps that were trained before and lie ahead are left out. */
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
