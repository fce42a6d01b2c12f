import type { Arm } from './arm.ts'
import type { Row } from './rows.ts'
import { type Estimate, holm, median, medianEstimate, shareEstimate, wilcoxonP } from './statistics.ts'
import type { TaskInfo } from './task.ts'
import { TASKS } from './tasks.ts'
import { CHANCE } from './train.ts'

/** An arm on a task, compared with the untouched runs with the same seeds. */
export interface ArmComparison {
  readonly task: string
  readonly arm: string
  /** The label of an arm that is a substitute, such as `stand-in`; null for a real arm. */
  readonly mark: string | null
  /** The number of seeds that both have. */
  readonly seeds: number
  /** The median of the final loss. */
  readonly loss: number
  /** The median log ratio of the final loss to the untouched run's: below 0 is better. */
  readonly ratio: Estimate
  /**
   * The p value of Wilcoxon's two-sided signed-rank test, adjusted with Holm's method over all comparisons of arms that act; null for
   * `nothing` and `a-a`.
   */
  readonly p: number | null
  /** The fraction of runs within 1.3 times the median of the good runs; null if there are none to compare with. */
  readonly within: Estimate | null
  /** Seeds whose run ends near the loss of a network that only guesses. */
  readonly lost: readonly number[]
  /** The median per run. */
  readonly actions: number
  readonly steps: number
  readonly seconds: number
  /** The sum over all runs, in US dollars. */
  readonly usd: number
  readonly tokens: number
}

/** The effect of an arm on training runs without a problem. */
export interface Harm {
  readonly task: string
  readonly arm: string
  /** The upper bound of the log ratio's 95 % interval. */
  readonly bound: number
  /** The larger of 0.05 and the upper bound of the A/A runs. */
  readonly limit: number
  readonly isWithin: boolean
}

/** All of the bench's results. */
export interface Summary {
  readonly budget: number
  /** The tasks that have training runs. */
  readonly tasks: readonly TaskInfo[]
  readonly comparisons: readonly ArmComparison[]
  readonly harm: readonly Harm[]
  /** The number of replays that have the weights of their original run; null if there are no replays. */
  readonly replays: { readonly equal: number; readonly count: number } | null
}

const LOST = 0.9 * CHANCE
const WITHIN = 1.3
const HARM_LIMIT = 0.05
/** A loss below this is a rounding error: the ratio of two such losses is meaningless, and 0 has no logarithm. */
const LEAST_LOSS = 1e-9
const BASELINE = 'nothing'
const CHANCE_ARM = 'a-a'

/** Compares the rows with one budget. The result is in the order of the tasks and of `arms`. */
export function summarize(
  rows: readonly Row[],
  budget: number,
  arms: readonly Arm[],
  all: readonly TaskInfo[] = TASKS,
): Summary {
  const own = rows.filter((row) => row.budget === budget)
  const tasks = all
    .filter(({ name }) => own.some(({ task }) => task === name))
    .map(({ name, title, good, isGood }) => ({ name, title, good, isGood }))
  const raw = tasks.flatMap((task) => arms.flatMap((arm) => compare(own, task, arm) ?? []))
  const tested = raw.filter(({ arm }) => arm !== BASELINE && arm !== CHANCE_ARM)
  const adjusted = holm(tested.map(({ p }) => p ?? 1))
  const byComparison = new Map(tested.map((one, at) => [one, adjusted[at] ?? 1]))
  const comparisons = raw.map((one): ArmComparison => ({ ...one, p: byComparison.get(one) ?? null }))
  return { budget, tasks, comparisons, harm: harmOf(tasks, comparisons), replays: replaysOf(own) }
}

function compare(
  rows: readonly Row[],
  { name: task, good }: TaskInfo,
  { name: arm, mark, model }: Arm,
): ArmComparison | null {
  const mine = rows.filter((row) => row.task === task && row.arm === arm && row.model === model)
  const pairs = mine.flatMap((row) => {
    const other = rows.find((one) => one.task === task && one.arm === BASELINE && one.seed === row.seed)
    return other === undefined ? [] : [[row, other] as const]
  })
  if (pairs.length === 0) return null
  const ratios = pairs.map(([row, other]) => Math.log(atLeast(row.loss) / atLeast(other.loss)))
  const own = pairs.map(([row]) => row)
  return {
    task,
    arm,
    mark: mark ?? null,
    seeds: own.length,
    loss: median(own.map(({ loss }) => loss)),
    ratio: medianEstimate(ratios),
    p: wilcoxonP(ratios),
    within: withinOf(rows, good, own),
    lost: own.filter(({ loss }) => loss > LOST).map(({ seed }) => seed),
    actions: median(own.map(({ actions }) => actions)),
    steps: median(own.map(({ steps }) => steps)),
    seconds: median(own.map(({ seconds }) => seconds)),
    usd: own.reduce((sum, { usd }) => sum + usd, 0),
    tokens: own.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

function atLeast(loss: number): number {
  return Math.max(loss, LEAST_LOSS)
}

function withinOf(rows: readonly Row[], good: string | null, own: readonly Row[]): Estimate | null {
  const goodRuns = rows.filter((row) => row.task === good && row.arm === BASELINE)
  if (good === null || goodRuns.length === 0) return null
  const bound = WITHIN * median(goodRuns.map(({ loss }) => loss))
  return shareEstimate(own.filter(({ loss }) => loss <= bound).length, own.length)
}

function harmOf(tasks: readonly TaskInfo[], comparisons: readonly ArmComparison[]): readonly Harm[] {
  return tasks
    .filter(({ isGood }) => isGood)
    .flatMap(({ name: task }) => {
      const own = comparisons.filter((one) => one.task === task)
      const chance = own.find(({ arm }) => arm === CHANCE_ARM)?.ratio.high ?? 0
      const limit = Math.max(HARM_LIMIT, chance)
      return own
        .filter(({ arm }) => arm !== BASELINE && arm !== CHANCE_ARM)
        .map(({ arm, ratio }) => ({ task, arm, bound: ratio.high, limit, isWithin: ratio.high <= limit }))
    })
}

function replaysOf(rows: readonly Row[]): Summary['replays'] {
  const replays = rows.filter(({ arm }) => arm === 'replay')
  if (replays.length === 0) return null
  const equal = replays.filter((row) =>
    rows.some(
      ({ arm, task, seed, weights }) =>
        arm === 'tune' && task === row.task && seed === row.seed && weights === row.weights,
    ),
  )
  return { equal: equal.length, count: replays.length }
}
