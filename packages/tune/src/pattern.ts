import type { Mutation } from './story.ts'

/** Smaller factors are not tried. */
const LEAST_FACTOR = 1.3

/** The next of the first moves of a knob, chosen by the outcome of earlier ones. */
export interface Pattern {
  /** The next factor (or difference) to try; null if all were tried. */
  readonly next: number | null
  /** How many of its moves were judged. */
  readonly tried: number
}

/**
 * The pattern of factors: the largest first; one that was accepted again; one that was rejected: its square root, until
 * too small to tell. Down from a half. Where both ways are open, up first.
 *
 * @param moves Judged mutations of the knob in this phase that the pattern proposed, oldest first.
 * @param up Greatest factor up, null if it may not go up; `down` likewise, below 1.
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

/** The same for differences: half after a rejection, until an eighth of the first. */
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
