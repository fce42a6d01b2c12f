import { directionOf } from './direction.ts'
import type { CourseFacts } from './facts.ts'
import type { MetricFinding } from './finding.ts'

/** The input for judging a run's metrics. */
export interface JudgeInput {
  /**
   * Facts about the curves of the metrics to judge, over the whole run. {@link healthMetrics} selects such metrics.
   */
  readonly courses: readonly CourseFacts[]
  /** Whether the run is still training. Only then is an unchanging metric reported. */
  readonly isRunning: boolean
  /**
   * The number of metrics whose last value is not finite, including those that are not in `courses`.
   * @defaultValue 0
   */
  readonly notFinite?: number
}

/**
 * Selects the metrics that show a run's health: the key metric first, then losses, accuracies, gradient norms, F1, AUC
 * and rewards in the given order; at most 12. System metrics and metrics for individual layers are left out.
 *
 * @param key The key metric; null if there is none.
 */
export function healthMetrics(names: readonly string[], key: string | null): string[] {
  const wanted = names.filter((name) => name !== key && !NOT_THE_MODEL.test(name) && TELLING.test(name))
  return [...(key === null ? [] : [key]), ...wanted].slice(0, MOST_METRICS)
}

/**
 * Returns the findings for a run's metrics, in the order of `courses`; an empty list if there are none.
 *
 * All numbers come from `courses`; `factsOf` computes them from points. A trend is judged only for a metric with at
 * least 20 points and a name that implies a direction. The mean over its last tenth is compared with the mean from 60 % to 80 %: losing
 * more than a quarter of the earlier gain is `worse`, and losing more than all of it is `bad`. A change of less than 0.2 % is `flat`.
 * These bounds are rules of thumb, chosen so that noise around a normal curve is not reported.
 */
export function judgeMetrics({ courses, isRunning, notFinite = 0 }: JudgeInput): MetricFinding[] {
  const found = courses.map((course) => [gapsOf(course), judgeCourse(course, isRunning) ?? []])
  const gap = overfittingOf(courses) ?? []
  const many: MetricFinding[] =
    notFinite > courses.length ? [{ kind: 'many-not-finite', level: 'warn', count: notFinite }] : []
  return [...found.flat(2), gap, many].flat()
}

function gapsOf({ name: metric, points, gaps: count, last }: CourseFacts): MetricFinding[] {
  if (count === 0 || last?.value === null) return []
  return [{ kind: 'had-not-finite', level: 'warn', metric, count, points }]
}

function judgeCourse(course: CourseFacts, isRunning: boolean): MetricFinding | undefined {
  const { name: metric, points, last, means } = course
  if (last?.value === null) return { kind: 'not-finite', level: 'bad', metric, step: last.step }
  const direction = directionOf(metric)
  if (direction === undefined || points < MIN_COURSE) return undefined
  const { start, before, recent: now } = means
  if (start === undefined || before === undefined || now === undefined) return undefined
  const gained = Math.abs(start - before) || Math.abs(before) || 1
  const worse = ((direction === 'min' ? 1 : -1) * (now - before)) / gained
  if (worse > WORSE) {
    return { kind: 'worse', level: worse > 1 ? 'bad' : 'warn', metric, isRising: direction === 'min', before, now }
  }
  return isRunning && Math.abs(worse) < FLAT ? { kind: 'flat', level: 'warn', metric, value: now } : undefined
}

function overfittingOf(courses: readonly CourseFacts[]): MetricFinding | undefined {
  const train = courses.find(({ name }) => /^train[_/]loss$/.test(name))
  const validation = courses.find(({ name }) => /^(val|eval|test)[_/]loss$/.test(name))
  if (train === undefined || validation === undefined || validation.points < MIN_COURSE) return undefined
  const { best } = validation
  const { recent } = validation.means
  const { middle: earlier, recent: now } = train.means
  if (best === undefined || recent === undefined || earlier === undefined || now === undefined) return undefined
  if (now > earlier || recent < best.value * (1 + OVERFITTING)) return undefined
  return {
    kind: 'overfitting',
    level: 'warn',
    metric: validation.name,
    training: train.name,
    bestStep: best.step,
    excess: recent / best.value - 1,
  }
}

const NOT_THE_MODEL = /^(sys|time|layers?)\//
const TELLING = /loss|acc|grad_?norm|f1|auc|reward/i
const MOST_METRICS = 12
const MIN_COURSE = 20
/** The fraction of the earlier gain whose loss is reported, and the relative change below which a metric is flat. */
const WORSE = 0.25
const FLAT = 0.002
/** The distance of a validation loss from its best value, as a fraction, above which overfitting is reported. */
const OVERFITTING = 0.2
