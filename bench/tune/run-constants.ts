import { appendFileSync } from 'node:fs'
import type { OptimizerKind } from '../../packages/demos/src/index.ts'
import { bestConstant } from './report.ts'
import { readRuns } from './run-arms.ts'
import { BUDGET } from './tasks.ts'
import { trainConstant } from './train-constant.ts'

/** A training run at one rate. */
export interface ConstantRun {
  readonly optimizer: OptimizerKind
  readonly lr: number
  readonly seed: number
  readonly loss: number | null
  readonly accuracy: number
}

/** The lowest and highest of the 20 rates: the best one is well between them. */
const SPANS: Readonly<Record<OptimizerKind, readonly [number, number]>> = { sgd: [0.005, 0.3], adam: [0.0002, 0.03] }

/** The 20 rates of an optimizer. */
export function ratesOf(optimizer: OptimizerKind): readonly number[] {
  const [low, high] = SPANS[optimizer]
  return Array.from({ length: 20 }, (_, i) => Number((low * (high / low) ** (i / 19)).toPrecision(4)))
}

/** The rates next to the best one may be better than it on other seeds. */
const NEAR = 1

/** The best of the 20 rates on some seeds, and those near it. */
export function nearBest(file: string, optimizer: OptimizerKind, seeds: readonly number[]): readonly number[] {
  const known = readRuns<ConstantRun>(file).filter(({ seed }) => seeds.includes(seed))
  const rates = ratesOf(optimizer)
  const best = rates.indexOf(bestConstant(known, optimizer)?.lr ?? Number.NaN)
  return best === -1 ? [] : rates.slice(Math.max(0, best - NEAR), best + NEAR + 1)
}

/** Carries out the runs that a file lacks, seed by seed. */
export async function runConstants(
  file: string,
  optimizer: OptimizerKind,
  { seeds, rates }: { readonly seeds: readonly number[]; readonly rates: readonly number[] },
): Promise<void> {
  const done = new Set(readRuns<ConstantRun>(file).map((run) => `${run.optimizer} ${run.lr} ${run.seed}`))
  for (const seed of seeds) {
    for (const lr of rates) {
      if (done.has(`${optimizer} ${lr} ${seed}`)) continue
      const run: ConstantRun = { optimizer, lr, seed, ...(await trainConstant(optimizer, lr, seed, BUDGET)) }
      appendFileSync(file, `${JSON.stringify(run)}\n`)
    }
  }
}
