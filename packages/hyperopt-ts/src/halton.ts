import { ln } from './elementary.ts'
import { createRandom, randomOrder } from './random.ts'

/** The `index`-th point of a sequence: a number in [0, 1) for each dimension. */
export type Sequence = (index: number, dimension: number) => number

/**
 * Returns the Halton sequence with randomly permuted digits. Each digit of each dimension has its own permutation (Owen 2017, "A
 * randomized Halton algorithm").
 *
 * Any section of it fills the cube more evenly than random points do. The permutations remove the stripes that the plain
 * sequence shows in many dimensions.
 */
export function scrambledHalton(seed: number, dimensions: number): Sequence {
  const bases = primes(dimensions)
  const permutations = bases.map((base, dimension) => {
    // Digits below 2^-53 do not change the result.
    const digits = Math.ceil((53 * Math.LN2) / ln(base))
    return Array.from({ length: digits }, (_, digit) => randomOrder(createRandom(seed, dimension, digit), base))
  })
  return (index, dimension) => {
    const base = bases[dimension] ?? 2
    let left = index
    let scale = 1
    let sum = 0
    for (const permutation of permutations[dimension] ?? []) {
      scale /= base
      sum += (permutation[left % base] ?? 0) * scale
      left = Math.floor(left / base)
    }
    return Math.min(sum, 1 - 2 ** -53)
  }
}

function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n++) {
    if (found.every((prime) => n % prime !== 0)) found.push(n)
  }
  return found
}
