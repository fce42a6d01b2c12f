import { appendFileSync } from 'node:fs'
import type { OptimizerKind } from '../../packages/demos/src/index.ts'
import { readRuns } from './run-arms.ts'
import { BUDGET } from './tasks.ts'
import { trainConstant } from './train-constant.ts'

/** A training at one rate. */
export interface ConstantRun {
  readonly optimizer: OptimizerKind
  readonly lr: number
  readonly seed: number
  readonly loss: number | null
  readonly accuracy: number
}

/** The least and greatest of the 20 rates: the best lies well within. */
const SPANS: Readonly<Record<OptimizerKind, readonly [number, number]>> = { sgd: [0.005, 0.3], adam: [0.0002, 0.03] }

/** The 20 rates of an optimizer. */
export function ratesOf(optimizer: OptimizerKind): readonly number[] {
  const [low, high] = SPANS[optimizer]
  return Array.from({ length: 20 }, (_, i) => Number((low * (high / low) ** (i / 19)).toPrecision(4)))
}

/** Runs what a file of runs lacks, seed by seed. */
export async function runConstants(file: string, optimizer: OptimizerKind, seeds: readonly number[]): Promise<void> {
  const done = new Set(readRuns<ConstantRun>(file).map((run) => `${run.optimizer} ${run.lr} ${run.seed}`))
  for (const seed of seeds) {
    for (const lr of ratesOf(optimizer)) {
      if (done.has(`${optimizer} ${lr} ${seed}`)) continue
      const run: ConstantRun = { optimizer, lr, seed, ...(await trainConstant(optimizer, lr, seed, BUDGET)) }
      appendFileSync(file, `${JSON.stringify(run)}\n`)
    }
  }
}
