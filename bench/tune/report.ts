import type { ArmRun } from './run-arms.ts'
import type { ConstantRun } from './run-constants.ts'
import { bootstrap, type Estimate, mean, median } from './statistics.ts'
import { ARMS, TASKS, type Task } from './tasks.ts'

/** The loss of a network that guesses. */
const CHANCE = Math.log(10)
/** Below this fraction of correct answers, a run is lost. */
const LOST = 0.5

/** Fewer seeds are not evidence. */
const LEAST_SEEDS = 5

/** The results of one arm on one task. */
export interface Row {
  readonly task: string
  readonly arm: string
  readonly seeds: number
  /** Geometric mean of the final losses. */
  readonly loss: number
  /** The fraction of the gap between `nothing` and the best constant rate that the arm covers, by the mean logarithm of the final loss. */
  readonly share: Estimate | null
  /** Mean logarithm of the ratio of the final loss to that of `nothing`; below 0 is better. */
  readonly ratio: Estimate
  /** Median of the same. */
  readonly middle: Estimate
  /** The seeds whose network only guesses at the end. */
  readonly lost: readonly number[]
}

/** The best constant rate, and its geometric mean loss over the seeds. */
export interface Best {
  readonly optimizer: string
  readonly lr: number
  readonly loss: number
}

/** The rows of a benchmark, over the seeds that all arms of a task have. */
export function rowsOf(runs: readonly ArmRun[], constants: readonly ConstantRun[]): readonly Row[] {
  return TASKS.flatMap((task) => {
    const own = runs.filter((run) => run.task === task.name)
    const baseline = bySeed(own.filter(({ arm }) => arm === 'nothing'))
    return ARMS.flatMap((arm) => {
      const mine = bySeed(own.filter((run) => run.arm === arm.name))
      const seeds = [...mine.keys()].filter((seed) => baseline.has(seed))
      return seeds.length < LEAST_SEEDS ? [] : [rowOf(task, arm.name, seeds, { mine, baseline, best: bestBySeed(task, constants) })]
    })
  })
} // biome-ignore format: more readable

type Logs = ReadonlyMap<number, { readonly log: number; readonly accuracy: number }>

function rowOf(
  task: Task,
  arm: string,
  all: readonly number[],
  { mine, baseline, best }: { readonly mine: Logs; readonly baseline: Logs; readonly best: Logs | null },
): Row {
  const log = (from: Logs, seed: number): number => from.get(seed)?.log ?? Number.NaN
  const paired = best === null ? [] : all.filter((seed) => best.has(seed))
  const ratioOf = (seed: number): number => log(mine, seed) - log(baseline, seed)
  const ratio = bootstrap(all, (seeds) => mean(seeds.map(ratioOf)))
  const middle = bootstrap(all, (seeds) => median(seeds.map(ratioOf)))
  const share =
    best === null || paired.length === 0
      ? null
      : bootstrap(paired, (seeds) => {
          const gap = mean(seeds.map((seed) => log(baseline, seed) - log(best, seed)))
          return mean(seeds.map((seed) => log(baseline, seed) - log(mine, seed))) / gap
        })
  return {
    task: task.name,
    arm,
    seeds: all.length,
    loss: Math.exp(mean(all.map((seed) => log(mine, seed)))),
    share: task.name === 'good' ? null : share,
    ratio,
    middle,
    lost: all.filter((seed) => (mine.get(seed)?.accuracy ?? 0) < LOST),
  }
}

/** The best constant rate of an optimizer, over the seeds that all rates have. */
export function bestConstant(constants: readonly ConstantRun[], optimizer: string): Best | null {
  const own = constants.filter((run) => run.optimizer === optimizer)
  const rates = [...new Set(own.map(({ lr }) => lr))]
  const seeds = [...new Set(own.map(({ seed }) => seed))].filter(
    (seed) => own.filter((run) => run.seed === seed).length === rates.length,
  )
  if (seeds.length === 0) return null
  const scored = rates.map((lr) => {
    const losses = own.filter((run) => run.lr === lr && seeds.includes(run.seed)).map(logOf)
    return { optimizer, lr, loss: Math.exp(mean(losses)) }
  })
  return scored.reduce((best, one) => (one.loss < best.loss ? one : best))
}

function bestBySeed({ optimizer }: Task, constants: readonly ConstantRun[]): Logs | null {
  const best = bestConstant(constants, optimizer)
  if (best === null) return null
  return bySeed(constants.filter((run) => run.optimizer === optimizer && run.lr === best.lr))
}

function bySeed(runs: readonly { readonly seed: number; readonly loss: number | null; readonly accuracy: number }[]): Logs {
  return new Map(runs.map((run) => [run.seed, { log: logOf(run), accuracy: run.accuracy }]))
} // biome-ignore format: more readable

// No loss counts as worse than that of guessing.
function logOf({ loss }: { readonly loss: number | null }): number {
  return Math.log(Math.min(loss ?? CHANCE, CHANCE))
}

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const percent = (value: number): string => `${Math.round(value * 100)} %`
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const share = (one: Estimate | null): string =>
    one === null ? '' : `${percent(one.value)} (${percent(one.low)} to ${percent(one.high)})`
  const lines = TASKS.flatMap((task) => {
    const own = rows.filter((row) => row.task === task.name)
    return own.map(({ arm, seeds, loss, share: part, ratio, middle, lost }) => {
      const title = ARMS.find(({ name }) => name === arm)?.title ?? arm
      const changed = ({ value, low, high }: Estimate): string =>
        arm === 'nothing' ? '' : `${signed(value)} (${signed(low)} to ${signed(high)})`
      const ended = lost.length === 0 ? '0' : `${lost.length}: ${[...lost].sort((a, b) => a - b).join(', ')}`
      return `| ${task.title} | ${title} | ${seeds} | ${loss.toFixed(3)} | ${arm === 'nothing' ? '' : share(part)} | ${changed(ratio)} | ${changed(middle)} | ${ended} |`
    })
  })
  return [
    '| task | arm | seeds | final loss | share of the gap to the best constant | log ratio to untouched: mean | median | lost seeds |',
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
} // biome-ignore format: more readable
