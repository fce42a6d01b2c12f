import { gp } from './gp.ts'
import { type Entry, explainedError } from './gp-session.ts'
import type { Sampler, SamplerContext, SamplerSession } from './sampler-session.ts'

/** The numbers of ended trials at which the model is judged. */
const JUDGED = [30, 40, 50]
/** The maximum leave-one-out error with which a model takes over. Predicting the mean of the values has an error of 1. */
const MOST_ERROR = 0.35

/**
 * Creates a sampler that uses `first`, and a Gaussian process as soon as its model explains the values.
 *
 * In many dimensions, the two differ by orders of magnitude: if a model can predict values that it has not seen, it is far ahead. If it
 * cannot, as on functions with many basins or narrow valleys, a search that only ranks the values is better. The leave-one-out error of the
 * first trials shows which is the case. Both samplers receive all trials.
 */
export function gpTakeover(first: Sampler): Sampler {
  return {
    name: first.name,
    open: (context: SamplerContext): SamplerSession => {
      const [search, model] = [first.open(context), gp().open(context)]
      const judge = new Judge(context)
      return {
        begin: (trial, point) => {
          judge.entries.push({ trial, point })
          search.begin?.(trial, point)
          model.begin?.(trial, point)
        },
        finish: (trial) => {
          search.finish?.(trial)
          model.finish?.(trial)
        },
        suggest: (number, random, fixed) =>
          (judge.verdict() === undefined ? search : model).suggest(number, random, fixed),
        report: () => {
          const { after, error } = judge.verdict() ?? {}
          if (error === undefined) return { sampler: first.name }
          const why = `a Gaussian process explains the first ${after} trials: its leave-one-out error is ${error.toFixed(2)}`
          return { sampler: 'gp', why }
        },
      }
    },
  }
}

interface Verdict {
  readonly after: number
  readonly error: number
}

/** Judges the model of the first trials that have ended, only once for any given set of trials. */
class Judge {
  readonly entries: Entry[] = []
  readonly #context: SamplerContext
  readonly #errors = new Map<string, number>()

  constructor(context: SamplerContext) {
    this.#context = context
  }

  /** Returns the smallest number of trials after which the model explains them; undefined if there is none yet. */
  verdict(): Verdict | undefined {
    const most = JUDGED.at(-1) ?? 0
    const ended: Entry[] = []
    for (const entry of this.entries) {
      if (entry.trial.state !== 'running') ended.push(entry)
      if (ended.length === most) break
    }
    for (const after of JUDGED) {
      if (ended.length < after) return undefined
      const error = this.#error(ended.slice(0, after))
      if (error <= MOST_ERROR) return { after, error }
    }
    return undefined
  }

  #error(entries: readonly Entry[]): number {
    // A trial that ends late replaces a later one.
    const key = entries.map(({ trial }) => trial.number).join()
    const known = this.#errors.get(key)
    if (known !== undefined) return known
    const error = explainedError(this.#context.layout, entries, this.#context.direction)
    this.#errors.set(key, error)
    return error
  }
}
