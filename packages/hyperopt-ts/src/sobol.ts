import type { Sequence } from './halton.ts'
import { createRandom } from './random.ts'
import { DIRECTION_NUMBERS } from './sobol-numbers.ts'

const BITS = 32

/** The largest number of dimensions for which direction numbers exist. */
export const MOST_SOBOL_DIMENSIONS = 128

/**
 * Returns the Sobol sequence. With a seed, it is scrambled with Owen's method using hashing (Burley 2020, "Practical Hash-based Owen
 * Scrambling"): each section of 2^k points still has one point in each of the same boxes, and the points are uniformly
 * distributed.
 */
export function sobolSequence(dimensions: number, seed?: number): Sequence {
  const directions = directionNumbers(dimensions)
  const random = createRandom(seed ?? 0, 0x50b01)
  const seeds = Array.from({ length: dimensions }, () => Math.floor(random() * 0x1_0000_0000))
  return (index, dimension) => {
    const numbers = directions[dimension]
    if (numbers === undefined) throw new RangeError(`the Sobol sequence has no dimension ${dimension}`)
    // In the order of Gray codes, like the published points.
    const gray = (index ^ (index >>> 1)) >>> 0
    let x = 0
    for (let bit = 0; bit < BITS; bit++) if ((gray >>> bit) & 1) x ^= numbers[bit] ?? 0
    if (seed !== undefined) x = scrambled(x, seeds[dimension] ?? 0)
    return (x >>> 0) / 0x1_0000_0000
  }
}

function directionNumbers(dimensions: number): Uint32Array[] {
  const rows = DIRECTION_NUMBERS.split(' ').map((row) => row.split('.').map(Number))
  return Array.from({ length: dimensions }, (_, d) => {
    const v = new Uint32Array(BITS)
    const [degree = 0, polynomial = 0, ...first] = d === 0 ? [] : (rows[d - 1] ?? [])
    for (let i = 0; i < BITS; i++) {
      if (d === 0) v[i] = 1 << (BITS - 1 - i)
      else if (i < degree) v[i] = (first[i] ?? 0) << (BITS - 1 - i)
      else v[i] = nextNumber(v, i, degree, polynomial)
    }
    return v
  })
}

/** Returns the recurrence of Bratley and Fox 1988 over a primitive polynomial. */
function nextNumber(v: Uint32Array, i: number, degree: number, polynomial: number): number {
  const back = v[i - degree] ?? 0
  let next = back ^ (back >>> degree)
  for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - 1 - k)) & 1) next ^= v[i - k] ?? 0
  return next
}

/** Flips each bit according to a hash of the bits above it. In reversed bit order, each step carries only upwards. */
function scrambled(x: number, seed: number): number {
  let h = reversed(x)
  h ^= Math.imul(h, 0x3d20adea)
  h = (h + seed) | 0
  h = Math.imul(h, (seed >>> 16) | 1)
  h ^= Math.imul(h, 0x05526c56)
  h ^= Math.imul(h, 0x53a22864)
  return reversed(h)
}

function reversed(x: number): number {
  let r = x
  r = ((r >>> 1) & 0x55555555) | ((r & 0x55555555) << 1)
  r = ((r >>> 2) & 0x33333333) | ((r & 0x33333333) << 2)
  r = ((r >>> 4) & 0x0f0f0f0f) | ((r & 0x0f0f0f0f) << 4)
  r = ((r >>> 8) & 0x00ff00ff) | ((r & 0x00ff00ff) << 8)
  return (r >>> 16) | (r << 16)
}
