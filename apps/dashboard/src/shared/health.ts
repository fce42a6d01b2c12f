import { COURSE_PARTS, type CourseFacts, createFacts, describeFinding, judgeMetrics } from '@hotcb/metrics/judge'
import { formatNumber } from './describe.ts'
import type { MetricName, RunRow, WireSeriesStats, WireStatsRequest } from './wire.ts'

/** One thing that a person should know about a run. */
export interface Finding {
  readonly level: 'good' | 'warn' | 'bad'
  readonly text: string
}

/** The facts from which findings are derived. */
export interface HealthInput {
  readonly row: RunRow
  readonly names: readonly MetricName[]
  /** The metrics that show the run's state, over all of its steps. */
  readonly courses: readonly CourseFacts[]
}

/** Returns the findings about a run, worst first. */
export function findings({ row, names, courses }: HealthInput): Finding[] {
  const notFinite = names.filter(({ last, count }) => last === null && count > 0).length
  const isRunning = row.status === 'running'
  const ofMetrics = judgeMetrics({ courses, isRunning, notFinite }).map((finding): Finding => {
    return { level: finding.level, text: describeFinding(finding, formatNumber) }
  })
  const found = [...ofStatus(row), ...ofMetrics]
  if (found.length === 0) return [{ level: 'good', text: 'nothing to report' }]
  return found.sort((a, b) => ORDER[a.level] - ORDER[b.level])
}

/** Creates the statistics request for {@link courseOf}. */
export function courseRequest(name: string): WireStatsRequest {
  return { name, parts: PARTS.map(([, part]) => part) }
}

/** Returns facts about a metric's curve, from the answer to {@link courseRequest}. */
export function courseOf({ name, count, gaps, last, min, max, parts }: WireSeriesStats): CourseFacts {
  return createFacts(name, {
    points: count,
    gaps,
    last: last ?? undefined,
    min: min ?? undefined,
    max: max ?? undefined,
    mean: (wanted) => parts[PARTS.findIndex(([part]) => part === wanted)] ?? undefined,
  })
}

const PARTS = Object.entries(COURSE_PARTS)
const ORDER: Readonly<Record<Finding['level'], number>> = { bad: 0, warn: 1, good: 2 }

function ofStatus({ status, reason, problem }: RunRow): Finding[] {
  const why = reason === null ? '' : `: ${reason}`
  const found: Finding[] = []
  if (status === 'silent')
    found.push({ level: 'bad', text: `the trainer has not closed the run and shows no sign of life${why}` })
  if (status === 'unknown')
    found.push({ level: 'warn', text: `it is not known yet whether the trainer is alive${why}` })
  if (problem !== null) found.push({ level: 'warn', text: problem })
  return found
}
