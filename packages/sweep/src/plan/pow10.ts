const BITS = 200n
const ONE = 1n << BITS

/** Returns 2 * atanh(1/n), in units of 2^-200. */
function twiceAtanh(n: bigint): bigint {
  let term = ONE / n
  let sum = 0n
  for (let k = 1n; term !== 0n; k += 2n) {
    sum += term / k
    term /= n * n
  }
  return 2n * sum
}

const LN2 = twiceAtanh(3n)
const LN10 = 3n * LN2 + twiceAtanh(9n)

/**
 * Returns 10 to the power of x, correctly rounded. `Math.pow` is wrong in the last bit for one in ten points of a log grid, which matters
 * because trials are identified by their values.
 *
 * @param x From -300 to 300.
 */
export function pow10(x: number): number {
  const scaled = (fixed(x) * LN10) >> BITS
  const halvings = (scaled + LN2 / 2n) / LN2 - (scaled + LN2 / 2n < 0n ? 1n : 0n)
  const rest = scaled - halvings * LN2
  let term = ONE
  let sum = ONE
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = (term * rest) / (k << BITS)
    sum += term
  }
  return Number(sum) * 2 ** -Number(BITS) * 2 ** Number(halvings)
}

/** Returns a double in units of 2^-200; exact if it is larger than 2^-147. */
function fixed(x: number): bigint {
  const high = Math.trunc(x)
  return (BigInt(high) << BITS) + BigInt((x - high) * 2 ** Number(BITS))
}
