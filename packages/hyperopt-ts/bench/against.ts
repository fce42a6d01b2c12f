import { auto } from '../src/index.ts'
import { createStudy } from '../src/study.ts'
import type { Problem } from './problems.ts'
import { type Cells, CHECKPOINTS, measureQuality } from './quality.ts'
import { holm, mannWhitneyLarger, median, shareLarger } from './statistics.ts'

/** The output of rivals.py: for each engine and problem, the best value after certain numbers of trials, with one row for each seed. */
export interface RivalResults {
  readonly versions: Readonly<Record<string, string>>
  readonly results: Readonly<Record<string, Readonly<Record<string, readonly RivalRow[]>>>>
}

interface RivalRow {
  readonly best: Readonly<Record<string, number>>
}

/** `auto()` compared with one engine on one problem, at each checkpoint that the engine reached. */
export interface AgainstProblem {
  readonly problem: string
  readonly checkpoints: readonly number[]
  readonly ours: readonly number[]
  readonly theirs: readonly number[]
  /** The fraction of pairs of seeds in which our value is larger, which is worse. */
  readonly larger: readonly number[]
  /** One-sided Mann-Whitney that ours is larger, after Holm over all cells of this engine. */
  readonly p: readonly number[]
}

/** `auto()` compared with one engine. */
export interface AgainstEngine {
  readonly engine: string
  /** Mean of `larger` over all cells. */
  readonly meanLarger: number
  /** Cells in which ours is significantly worse, at 5 %. */
  readonly worse: number
  readonly cells: number
  readonly problems: readonly AgainstProblem[]
}

/** The whole comparison. */
export interface AgainstFigures {
  readonly seeds: number
  readonly versions: Readonly<Record<string, string>>
  /** Which sampler `auto()` picked for each problem. */
  readonly picked: Readonly<Record<string, string>>
  readonly engines: readonly AgainstEngine[]
  readonly runs: AutoRuns
}

/** `auto()` on one problem: the sampler it begins with, and the best value after each checkpoint, by seed. */
export interface AutoRun {
  readonly picked: string
  readonly best: Cells
}

/** By the name of the problem. */
export type AutoRuns = Readonly<Record<string, AutoRun>>

/** Runs `auto()` on one problem. */
export function runAuto(problem: Problem, seeds: number): AutoRun {
  const picked = createStudy({ space: problem.space, sampler: auto() }).samplerReport().sampler
  return { picked, best: measureQuality(problem, auto(), seeds) }
}

/** Compares the runs with those of each engine, cell by cell. */
export function compareWithRivals({ versions, results }: RivalResults, runs: AutoRuns, seeds: number): AgainstFigures {
  const picked = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, run.picked]))
  const ours = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, run.best]))
  const engines = Object.entries(results).map(([engine, byProblem]) => compare(engine, byProblem, ours, seeds))
  return { seeds, versions, picked, engines, runs }
}

function compare(
  engine: string,
  byProblem: Readonly<Record<string, readonly RivalRow[]>>,
  ours: Readonly<Record<string, Cells>>,
  seeds: number,
): AgainstEngine {
  const rows = Object.entries(byProblem).flatMap(([problem, all]) => {
    const theirs = all.slice(0, seeds)
    return CHECKPOINTS.filter((count) => theirs.every(({ best }) => best[count] !== undefined)).map((count) => {
      const mine = ours[problem]?.[count] ?? []
      const other = theirs.map(({ best }) => best[count] ?? Number.NaN)
      return { problem, count, mine, other, p: mannWhitneyLarger(mine, other) }
    })
  })
  const adjusted = holm(rows.map(({ p }) => p))
  const cells = rows.map((row, i) => ({ ...row, p: adjusted[i] ?? 1, larger: shareLarger(row.mine, row.other) }))
  const problems = [...new Set(cells.map(({ problem }) => problem))].map((problem): AgainstProblem => {
    const own = cells.filter((cell) => cell.problem === problem)
    return {
      problem,
      checkpoints: own.map(({ count }) => count),
      ours: own.map(({ mine }) => median(mine)),
      theirs: own.map(({ other }) => median(other)),
      larger: own.map(({ larger }) => larger),
      p: own.map(({ p }) => p),
    }
  })
  return {
    engine,
    meanLarger: cells.reduce((sum, { larger }) => sum + larger, 0) / cells.length,
    worse: cells.filter(({ p }) => p < 0.05).length,
    cells: cells.length,
    problems,
  }
}
