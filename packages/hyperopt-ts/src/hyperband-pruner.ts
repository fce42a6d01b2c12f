import { ashaPruner } from './asha-pruner.ts'
import type { Pruner } from './pruner.ts'

/** Options of {@link hyperbandPruner}; names follow Optuna's. */
export interface HyperbandPrunerOptions {
  /** The step of a whole trial. */
  readonly maxResource: number
  /**
   * The step of the first rung of the boldest bracket.
   *
   * @defaultValue 1
   */
  readonly minResource?: number
  /**
   * Each rung keeps the best 1 / reduction and is `reduction` times as far as the previous one.
   *
   * @defaultValue 3, as in the paper
   */
  readonly reduction?: number
}

/**
 * Hyperband (Li et al. 2018): trials are dealt to brackets that stop early to different degrees, so that curves which cross
 * late are not all cut off early. In each bracket, {@link ashaPruner} decides among its own trials.
 *
 * The bracket of a trial follows from its number: the one that is emptiest relative to the number of trials that
 * Hyperband assigns to it, so that all processes agree.
 *
 * @throws RangeError for an option that is out of its bounds.
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
  // A hair less, for what division leaves: 81 / 3 / 3 / 3 / 3 is 1.
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

/** Deals numbers to brackets in proportion to their sizes; of equally full ones the boldest, the last, comes first. */
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
