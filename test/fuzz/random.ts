/** Numbers that are the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 to `below`, exclusive. */
  below(below: number): number
  /** True once in `n` times. */
  oneIn(n: number): boolean
  pick<Item>(list: readonly Item[]): Item
}

/** mulberry32: small, fast, and good enough to choose mutations. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    oneIn: (n) => below(n) === 0,
    pick(list) {
      const item = list[below(list.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
  }
}
