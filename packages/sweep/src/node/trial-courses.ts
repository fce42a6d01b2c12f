import { join } from 'node:path'
import { readLastLines } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { type ThinCourse, thinCourse } from '../analysis/thin.ts'
import { isEnd, type TrialRecord } from '../journal/fold.ts'
import { newestAttempt } from '../journal/trial-state.ts'
import type { MetricPoint } from '../series.ts'
import type { WorkspacePaths } from './paths.ts'
import { createSeriesReader, type SeriesReader } from './series-reader.ts'
import { finalMetrics, pointsOfRecord, streamFiles } from './trial-metrics.ts'

/** A trial's curve for one metric. */
export interface TrialCourse extends ThinCourse {
  /** The trial's objective value: its final value, or else the last value of its curve, or the best value if requested. */
  readonly value: number | null
}

/** Reads the curves of one metric repeatedly. A finished trial is read once; for a running trial, only new points are read. */
export interface TrialCourses {
  readonly metric: string
  /** Whether {@link TrialCourses.read} would read no file. */
  isKnown(record: TrialRecord): boolean
  read(record: TrialRecord): TrialCourse
}

/** Which value on a curve is the trial's objective value. */
export interface CourseChoice {
  readonly metric: string
  readonly direction: 'min' | 'max'
  readonly value: 'last' | 'best'
}

/** The number of points kept per curve. */
const MOST_POINTS = 200
const NOTHING: TrialCourse = { steps: [], values: [], value: null }

export function createTrialCourses({ results }: Pick<WorkspacePaths, 'results'>, choice: CourseChoice): TrialCourses {
  const ended = new Map<number, { readonly attempt: number; readonly course: TrialCourse }>()
  const live = new Map<number, SeriesReader>()
  const known = ({ trial, attempts }: TrialRecord): TrialCourse | undefined => {
    if (attempts.length === 0) return NOTHING
    const one = ended.get(trial.i)
    return one?.attempt === attempts.at(-1)?.n ? one?.course : undefined
  }
  return {
    metric: choice.metric,
    isKnown: (record) => known(record) !== undefined,
    read(record) {
      const before = known(record)
      if (before !== undefined) return before
      const { i } = record.trial
      const reader = live.get(i) ?? createSeriesReader(results, choice.metric)
      const points = reader.read(i)
      const course = { ...thinCourse(points, MOST_POINTS), value: judgedBy(results, i, points, choice) }
      const attempt = newestAttempt(record)
      if (attempt !== undefined && isEnd(attempt.seen)) {
        ended.set(i, { attempt: attempt.n, course })
        live.delete(i)
      } else live.set(i, reader)
      return course
    },
  }
}

function judgedBy(
  results: string,
  i: number,
  points: readonly MetricPoint[],
  { metric, direction, value }: CourseChoice,
): number | null {
  const final = finalMetrics(results, i).get(metric)
  const values = [...points.map((one) => one.value), final].filter(
    (one): one is number => typeof one === 'number' && Number.isFinite(one),
  )
  if (value === 'last') return values.at(-1) ?? null
  return values.length === 0 ? null : values.reduce((a, b) => Math[direction](a, b))
}

/** Returns the names of the metrics that a trial has reported so far. */
export function trialMetricNames({ results }: Pick<WorkspacePaths, 'results'>, i: number): readonly string[] {
  const dir = join(results, String(i))
  const names = new Set<string>(streamFiles(dir).map(([name]) => name))
  try {
    for (const { text } of readLastLines(join(dir, runFiles.metrics), 20)) {
      for (const [name] of pointsOfRecord(text)) names.add(name)
    }
  } catch {
    // It has reported no metrics.
  }
  for (const [name, value] of finalMetrics(results, i)) if (typeof value === 'number') names.add(name)
  return [...names]
}
