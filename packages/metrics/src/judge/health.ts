import { directionOf } from './direction.ts'
import type { CourseFacts } from './facts.ts'
import type { MetricFinding } from './finding.ts'

/** What the metrics of a run are judged by. */
export interface JudgeInput {
  /** Courses over the whole run of the metrics to be looked at, such as those of {@link healthMetrics}. */
  readonly courses: readonly CourseFacts[]
  /** Whether the run goes on: only then is a metric that no longer changes worth a word. */
  readonly isRunning: boolean
  /** How many metrics of the run end in a value that is not finite, including those without a course. @defaultValue 0 */
  readonly notFinite?: number
}

/**
 * The metrics whose course says how a run does: the key metric first, then losses, accuracies, gradient norms, F1, AUC and
 * rewards in the order given; at most 12. Metrics of the system and of single layers are left out.
 *
 * @param key The key metric; null when there is none.
 */
export function healthMetrics(names: readonly string[], key: string | null): string[] {
  const wanted = names.filter((name) => name !== key && !NOT_THE_MODEL.test(name) && TELLING.test(name))
  return [...(key === null ? [] : [key]), ...wanted].slice(0, MOST_METRICS)
}

/**
 * What stands out in the metrics of a run, in the order of the courses; empty when nothing does.
 *
 * All numbers come from `courses`; `factsOf` makes them of points. A course needs 20 points, and a name that says which way is better, before its trend is judged. The mean over its last
 * tenth is held against that from 60 % to 80 %: a step back by more than a quarter of what was gained before is `worse`,
 * by more than all of it `bad`. Less than a fifth of a percent either way is `flat`. These bounds are rules of thumb,
 * chosen so that noise around a normal course says nothing.
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
/** Shares of what was gained before. */
const WORSE = 0.25
const FLAT = 0.002
/** How far above its best a validation loss is before it counts, as a share. */
const OVERFITTING = 0.2
