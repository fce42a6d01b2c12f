import type { Mutation } from './story.ts'

/** Smaller factors are not tried. */
const LEAST_FACTOR = 1.3

/** The pattern of a knob's first moves: the next move depends on the outcomes of earlier ones. */
export interface Pattern {
  /** The next factor (or difference) to try; null if all have been tried. */
  readonly next: number | null
  /** The number of moves that were judged. */
  readonly tried: number
}

/**
 * Returns the pattern of factors. It begins with the largest factor, repeats a factor that was accepted, and continues with the square root
 * of one that was rejected, until the effect would be too small to see. Downwards, it begins at one half. If both directions are allowed,
 * up comes first.
 *
 * @param moves The knob's judged mutations in this phase that the pattern proposed, oldest first.
 * @param up The largest upward factor; null if it may not go up. `down` is the corresponding downward factor, below 1.
 */
export function factorPattern(
  moves: readonly Mutation[],
  { up, down }: { readonly up: number | null; readonly down: number | null },
): Pattern {
  const ways = [up, down].filter((factor) => factor !== null && !isSmall(factor)) as readonly number[]
  for (const first of ways) {
    const own = moves.filter(({ value }) => value > 1 === first > 1)
    const next = own.reduce((factor, move) => after(factor, move), first)
    if (!isSmall(next)) return { next, tried: moves.length }
  }
  return { next: null, tried: moves.length }
}

/** Returns the pattern of differences. They are halved after each rejection, down to an eighth of the first one. */
export function differencePattern(
  moves: readonly Mutation[],
  { up, down }: { readonly up: number | null; readonly down: number | null },
): Pattern {
  const ways = [up, down].filter((difference) => difference !== null && difference !== 0) as readonly number[]
  for (const first of ways) {
    const own = moves.filter(({ value }) => value > 0 === first > 0)
    const next = own.reduce((difference, move) => (isKept(move) ? difference : difference / 2), first)
    if (Math.abs(next) > Math.abs(first) / 8) return { next, tried: moves.length }
  }
  return { next: null, tried: moves.length }
}

function after(factor: number, move: Mutation): number {
  return isKept(move) ? factor : Math.sqrt(factor)
}

function isKept({ state, isRegretted }: Mutation): boolean {
  return state === 'accepted' && !isRegretted
}

function isSmall(factor: number): boolean {
  return factor < LEAST_FACTOR && factor > 1 / LEAST_FACTOR
}
