import { createRandom } from '../src/random.ts'
import type { Sampler } from '../src/sampler-session.ts'
import { normalQuantile } from '../src/special.ts'
import { createStudy } from '../src/study.ts'
import type { Problem } from './problems.ts'

/** The numbers of evaluations after which the best value is recorded. */
export const CHECKPOINTS = [50, 100, 200] as const

/** The values of the best trial after each checkpoint, by seed. */
export type Cells = Readonly<Record<string, readonly number[]>>

/** Runs a sampler on a problem, for the seeds 0 to `seeds` - 1. With noise, it returns the true value of the trial that looks best. */
export function measureQuality(problem: Problem, sampler: Sampler, seeds: number): Cells {
  const cells: Record<string, number[]> = Object.fromEntries(CHECKPOINTS.map((count) => [String(count), []]))
  for (let seed = 0; seed < seeds; seed++) {
    const study = createStudy({ space: problem.space, sampler, seed })
    const random = createRandom(1000 + seed)
    let [told, best] = [Infinity, Infinity]
    for (let count = 1; count <= CHECKPOINTS[2]; count++) {
      const trial = study.ask()
      const value = problem.value(trial.params)
      const seen = value + (problem.noise ?? 0) * normalQuantile(Math.max(random(), 1e-12))
      if (seen < told) [told, best] = [seen, value]
      study.tell(trial, seen)
      cells[String(count)]?.push(best)
    }
  }
  return cells
}
