/** A rate that was tried: its number of half decades below the first rate, and the level that it reached. */
export interface Rung {
  /** The rate is the first rate divided by 10^(index / 2). A negative index is above the first rate. */
  readonly index: number
  /** The level that it reached; smaller is better. Infinity or NaN if it diverged. */
  readonly level: number
}

export interface LadderRule {
  /**
   * The first value of the run. A rung counts as learning if it reaches less than 0.8 times this value. If the value is
   * not positive, the rung must be below it by `noise`.
   */
  readonly first: number
  /** Smaller differences are ignored. @defaultValue 0 */
  readonly noise?: number
  /** Whether to search above the first rate too, for a run that is not learning and has not diverged. */
  readonly isTwoSided: boolean
  /** The maximum number of rungs. @defaultValue 10 */
  readonly most?: number
  /** How far below the best rung to settle, in rungs. @defaultValue 1 */
  readonly margin?: number
}

/** The next move on a ladder. */
export type LadderMove =
  | { readonly kind: 'try'; readonly index: number }
  /**
   * The search is complete. Use this index, which lies between two rungs if `margin` is a fraction. `best` is undefined
   * if no rung learned.
   */
  | { readonly kind: 'settle'; readonly index: number; readonly best: Rung | undefined }

/**
 * Returns the next move of a search for a rate that learns. The search goes down from the first rate in half decades until a rung is worse
 * than an earlier rung that learned. The result is `margin` below the best rung, because short trials favour rates that are too high for
 * the rest of the run. A two-sided search goes down and up until the best rung has worse rungs on both sides. A best rung above the first
 * rate is used without a margin.
 */
export function nextRung(rungs: readonly Rung[], rule: LadderRule): LadderMove {
  const best = bestOf(rungs, rule)
  const index =
    rungs.length >= (rule.most ?? 10) ? undefined : rule.isTwoSided ? besideBest(rungs, best) : below(rungs, best)
  if (index !== undefined) return { kind: 'try', index }
  if (best === undefined) return { kind: 'settle', index: rungs.at(-1)?.index ?? 0, best }
  return { kind: 'settle', index: best.index < 0 ? best.index : best.index + (rule.margin ?? 1), best }
}

/** Returns the rate of a rung. */
export function rungRate(first: number, index: number): number {
  return first / 10 ** (index / 2)
}

function bestOf(rungs: readonly Rung[], { first, noise = 0 }: LadderRule): Rung | undefined {
  const learned = rungs.filter(({ level }) => (first > 0 ? level < 0.8 * first : level < first - noise))
  return learned.reduce<Rung | undefined>(
    (best, rung) => (best === undefined || rung.level < best.level ? rung : best),
    undefined,
  )
}

// Returns the next rung down, until one is worse than a rung above it.
function below(rungs: readonly Rung[], best: Rung | undefined): number | undefined {
  const last = rungs.at(-1) ?? { index: 0, level: Number.NaN }
  const isPastBest = best !== undefined && last.index > best.index && !(last.level < best.level)
  return isPastBest ? undefined : last.index + 1
}

// Returns the first rung below, then the first above, then the neighbours of the best rung. 0 is the first rate itself.
function besideBest(rungs: readonly Rung[], best: Rung | undefined): number | undefined {
  const tried = new Set([0, ...rungs.map(({ index }) => index)])
  const isNew = (index: number): boolean => !tried.has(index)
  if (best !== undefined) return [best.index + 1, best.index - 1].find(isNew)
  const far = Math.max(...[...tried].map(Math.abs))
  return [far, -far, far + 1].find(isNew)
}
