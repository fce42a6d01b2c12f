/** A seeded source of random numbers. They are the same on every machine, because it only uses 32-bit integer arithmetic. */
export interface Random {
  /** Returns the next whole number from 0 to 2^32 - 1. */
  uint32(): number
  /** Returns the next number in [0, 1), with 32 random bits. */
  uniform(): number
  /** Returns the next whole number in [0, bound), every one equally likely. `bound` is at most 2^32. */
  below(bound: number): number
}

const TWO_32 = 2 ** 32

/**
 * Creates a generator for `seed`. `stream` separates different uses of one seed (the weights, the batches of epoch 3, ...).
 *
 * The generator is xoshiro128** (Blackman and Vigna 2018). Its state is filled by hashing seed and stream.
 */
export function createRandom(seed: number, ...stream: readonly number[]): Random {
  const state = new Uint32Array(4)
  let hash = 0
  for (const word of [seed % TWO_32, Math.floor(seed / TWO_32), ...stream]) hash = mix(hash ^ mix(word))
  for (let index = 0; index < 4; index++) {
    hash = (hash + 0x9e3779b9) >>> 0
    state[index] = mix(hash)
  }
  let [a = 0, b = 0, c = 0, d = 0] = state

  function uint32(): number {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }

  return {
    uint32,
    uniform: () => uint32() / TWO_32,
    below(bound) {
      const limit = TWO_32 - (TWO_32 % bound)
      let value = uint32()
      while (value >= limit) value = uint32()
      return value % bound
    },
  }
}

/** Shuffles `values` in place and returns them (Fisher and Yates). */
export function shuffle<T extends Uint32Array>(values: T, random: Random): T {
  for (let last = values.length - 1; last > 0; last--) {
    const other = random.below(last + 1)
    const kept = values[last] ?? 0
    values[last] = values[other] ?? 0
    values[other] = kept
  }
  return values
}

// The finaliser of MurmurHash3 (Appleby): every input bit changes about half of the output bits.
function mix(value: number): number {
  let word = value | 0
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return (word ^ (word >>> 16)) >>> 0
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
