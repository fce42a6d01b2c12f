import type { Space } from './dimension.ts'
import type { Outcome } from './outcome.ts'
import type { Params } from './params.ts'
import type { Study } from './study.ts'
import type { Trial } from './trial.ts'

/** Options of {@link optimize}. */
export interface OptimizeOptions {
  /** How many trials to run. */
  readonly trials: number
  /**
   * How many at a time.
   *
   * @defaultValue 1
   */
  readonly parallel?: number
}

/** What is minimized or maximized: it gets a trial and gives its value, or 'failed', or 'pruned'. */
export type Objective<S extends Space> = (trial: Trial<Params<S>>) => Outcome | Promise<Outcome>

/**
 * Asks, evaluates and tells until `trials` trials have been run.
 *
 * When the objective throws, its trial is told 'failed' and no further trial begins; the promise is rejected with the
 * error once those that run have ended.
 *
 * @throws RangeError for a number of trials below zero or of parallel ones below one.
 */
export async function optimize<S extends Space>(
  study: Study<S>,
  objective: Objective<S>,
  options: OptimizeOptions,
): Promise<void> {
  const { trials, parallel = 1 } = options
  if (!Number.isSafeInteger(trials) || trials < 0)
    throw new RangeError(`\`trials\` must be a whole number >= 0, got ${trials}`)
  if (!Number.isSafeInteger(parallel) || parallel < 1) {
    throw new RangeError(`\`parallel\` must be a whole number >= 1, got ${parallel}`)
  }
  let begun = 0
  const errors: unknown[] = []
  const work = async (): Promise<void> => {
    while (begun < trials && errors.length === 0) {
      begun += 1
      const trial = study.ask()
      try {
        study.tell(trial, await objective(trial))
      } catch (error) {
        errors.push(error)
        if (trial.state === 'running')
          study.tell(trial, 'failed', error instanceof Error ? error.message : String(error))
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(parallel, trials) }, work))
  if (errors.length > 0) throw errors[0]
}
