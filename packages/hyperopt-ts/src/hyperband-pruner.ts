import { ashaPruner } from './asha-pruner.ts'
import type { Pruner } from './pruner.ts'

/** Options for {@link hyperbandPruner}; names follow Optuna's. */
export interface HyperbandPrunerOptions {
  /** The last step of a complete trial. */
  readonly maxResource: number
  /**
   * The step of the first rung in the bracket that stops trials earliest.
   *
   * @defaultValue 1
   */
  readonly minResource?: number
  /**
   * Each rung keeps the best 1 / reduction of the trials. Its step is `reduction` times that of the previous rung.
   *
   * @defaultValue 3, as in the paper
   */
  readonly reduction?: number
}

/**
 * Hyperband (Li et al. 2018): trials are distributed over brackets that stop trials at different times, so that curves that cross late are
 * not all cut off early. Within each bracket, {@link ashaPruner} is applied to the bracket's own trials.
 *
 * A trial's bracket follows from its number, so all processes agree: it is the bracket that is emptiest relative to
 * the number of trials that Hyperband assigns to it.
 *
 * @throws RangeError for an option that is out of bounds.
 */
export function hyperbandPruner(options: HyperbandPrunerOptions): Pruner {
  const { maxResource, minResource = 1, reduction = 3 } = options ?? {}
  if (!(minResource > 0 && maxResource >= minResource && Number.isFinite(maxResource))) {
    throw new RangeError(
      `\`maxResource\` must be finite and >= \`minResource\` > 0, got ${maxResource} and ${minResource}`,
    )
  }
  if (!(reduction > 1 && Number.isFinite(reduction))) {
    throw new RangeError(`\`reduction\` must be a finite number > 1, got ${reduction}`)
  }
  const firsts = [maxResource]
  // The bound is slightly lower because of rounding errors in the division: 81 / 3 / 3 / 3 / 3 must count as 1.
  while ((firsts.at(-1) ?? 0) / reduction >= minResource * (1 - 1e-9)) firsts.push((firsts.at(-1) ?? 0) / reduction)
  const last = firsts.length - 1
  let share = 1
  const sizes = firsts.map((_, s) => {
    const size = Math.ceil(((last + 1) / (s + 1)) * share)
    share *= reduction
    return size
  })
  const brackets = firsts.map((first) => ashaPruner({ minResource: first, reduction }))
  const bracketOf = dealer(sizes)
  return {
    name: 'hyperband',
    shouldPrune: (trial, trials, direction) => {
      const bracket = bracketOf(trial.number)
      const own = trials.filter(({ number }) => bracketOf(number) === bracket)
      return brackets[bracket]?.shouldPrune(trial, own, direction) ?? false
    },
  }
}

/**
 * Assigns numbers to brackets in proportion to their sizes. If several are equally full, the last one comes first, which stops
 * trials earliest.
 */
function dealer(sizes: readonly number[]): (number: number) => number {
  const round = sizes.reduce((a, b) => a + b, 0)
  const filled = sizes.map(() => 0)
  const dealt = Array.from({ length: round }, () => {
    let emptiest = sizes.length - 1
    for (let s = sizes.length - 1; s >= 0; s--) {
      const fuller = (filled[s] ?? 0) / (sizes[s] ?? 1)
      if (fuller < (filled[emptiest] ?? 0) / (sizes[emptiest] ?? 1)) emptiest = s
    }
    filled[emptiest] = (filled[emptiest] ?? 0) + 1
    return emptiest
  })
  return (number) => dealt[number % round] ?? 0
}
