import type { Halving } from '../config/config.ts'

/**
 * The brackets of Hyperband, each with its own rungs: the last one compares first at `min_steps` or soon after, each one before it
 * `eta` times as late, and the first never.
 */
export function bracketsOf(halving: Halving): readonly Halving[] {
  const { minSteps, budget, eta } = halving
  const firsts: number[] = []
  // By division of whole numbers: a logarithm would miss 243 / 3^5 = 1.
  for (let share = 1; budget >= minSteps * share; share *= eta) firsts.push(Math.ceil(budget / share))
  return firsts.map((first) => ({ ...halving, mode: 'asha', minSteps: first }))
}

/**
 * The bracket of a trial. It follows from its index, so that it never changes: trials are dealt in order to the bracket that is
 * least filled in proportion to its size, of equal ones to the one that compares earliest.
 */
export function bracketOf(i: number, halving: Halving): number {
  const dealt = dealtOf(bracketSizes(halving))
  return dealt[i % dealt.length] ?? 0
}

/** How many trials Hyperband gives to each bracket. */
export function bracketSizes(halving: Halving): readonly number[] {
  const count = bracketsOf(halving).length
  return Array.from({ length: count }, (_, s) => Math.ceil((count / (s + 1)) * halving.eta ** s))
}

/** The bracket of each trial of one round, in which every bracket is filled once. */
function dealtOf(sizes: readonly number[]): readonly number[] {
  const filled = sizes.map(() => 0)
  const share = (s: number): number => (filled[s] ?? 0) / (sizes[s] ?? 1)
  return Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, () => {
    let least = sizes.length - 1
    for (let s = sizes.length - 2; s >= 0; s--) if (share(s) < share(least)) least = s
    filled[least] = (filled[least] ?? 0) + 1
    return least
  })
}
