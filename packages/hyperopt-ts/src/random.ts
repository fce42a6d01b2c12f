/** A stream of numbers in [0, 1), each with 53 random bits. */
export type Random = () => number

/**
 * Returns the random stream for a seed and any number of keys, such as a trial's number.
 *
 * Streams with different keys are independent, so trial 7 draws the same numbers regardless of earlier draws. The
 * generator is Chris Doty-Humphrey's sfc32 (PractRand). Its state is mixed with MurmurHash3's finalizer.
 */
export function createRandom(seed: number, ...keys: readonly number[]): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = 0xb7e15162
  for (const key of [seed, ...keys]) {
    a = mix(a ^ (key >>> 0))
    b = mix(b + a + Math.floor(key / 0x1_0000_0000))
    c = mix(c ^ b)
  }
  let counter = 1
  const next = (): number => {
    const t = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 12; i++) next()
  return () => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 0x20_0000_0000_0000
}

/** Returns a whole number from 0 up to, but not including, `count`. */
export function randomIndex(random: Random, count: number): number {
  return Math.floor(random() * count)
}

/** Returns the numbers 0 to `count` - 1 in random order (Fisher and Yates). */
export function randomOrder(random: Random, count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = randomIndex(random, i + 1)
    const held = order[i] as number // Both indexes are below `count`.
    order[i] = order[j] as number
    order[j] = held
  }
  return order
}

function mix(value: number): number {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) | 0
}
