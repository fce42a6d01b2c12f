import type { Halving } from '../config/config.ts'

/**
 * Returns Hyperband's brackets, each with its own rungs. The last bracket first compares trials at `min_steps` or soon after, each earlier
 * bracket does so `eta` times later, and the first bracket never does.
 */
export function bracketsOf(halving: Halving): readonly Halving[] {
  const { minSteps, budget, eta } = halving
  const firsts: number[] = []
  // This divides whole numbers, because a logarithm would miss that 243 / 3^5 = 1.
  for (let share = 1; budget >= minSteps * share; share *= eta) firsts.push(Math.ceil(budget / share))
  return firsts.map((first) => ({ ...halving, mode: 'asha', minSteps: first }))
}

/**
 * Returns a trial's bracket. It depends only on the index, so it never changes: each trial in turn goes to the bracket that is least filled
 * in proportion to its size or, in a tie, to the one that compares trials earliest.
 */
export function bracketOf(i: number, halving: Halving): number {
  const dealt = dealtOf(bracketSizes(halving))
  return dealt[i % dealt.length] ?? 0
}

/** Returns the number of trials that Hyperband assigns to each bracket. */
export function bracketSizes(halving: Halving): readonly number[] {
  const count = bracketsOf(halving).length
  return Array.from({ length: count }, (_, s) => Math.ceil((count / (s + 1)) * halving.eta ** s))
}

/** Returns the bracket of each trial in one round, in which every bracket is filled once. */
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
