// Engines, and even versions of one engine, round the exponential and the logarithm differently. These functions use only additions and
// multiplications, whose results IEEE 754 defines exactly, so their results are the same everywhere, and so are the trials.

const LN2_HIGH = 0.6931471803691238 // The upper 33 bits of ln 2, so that products with small whole numbers are exact.
const LN2_LOW = 1.9082149292705877e-10
const TWO_32 = 4294967296

/** Returns e to the power of x, to about one unit in the last place; the same bits on every engine. */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0
  if (x > 709.782712893384) return Infinity
  const power = Math.round(x * Math.LOG2E)
  const r = x - power * LN2_HIGH - power * LN2_LOW
  // The Taylor series of exp(r) - 1 for |r| <= ln(2) / 2: the first omitted term is below 2e-17.
  let sum = 1 / 479001600 + r / 6227020800
  sum = 1 / 39916800 + r * sum
  sum = 1 / 3628800 + r * sum
  sum = 1 / 362880 + r * sum
  sum = 1 / 40320 + r * sum
  sum = 1 / 5040 + r * sum
  sum = 1 / 720 + r * sum
  sum = 1 / 120 + r * sum
  sum = 1 / 24 + r * sum
  sum = 1 / 6 + r * sum
  return scale(1 + (r + r * r * (0.5 + r * sum)), power)
}

/** Returns the natural logarithm of x, to about one unit in the last place; the same bits on every engine. */
export function ln(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : Number.NaN
  if (x === Infinity) return x
  let mantissa = x
  let power = 0
  while (mantissa >= TWO_32) {
    mantissa /= TWO_32
    power += 32
  }
  while (mantissa < 1) {
    mantissa *= TWO_32
    power -= 32
  }
  const shift = 31 - Math.clz32(mantissa)
  mantissa /= shift === 31 ? 2147483648 : 1 << shift
  power += shift
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    power += 1
  }
  return power * LN2_HIGH + (power * LN2_LOW + twiceArtanh((mantissa - 1) / (mantissa + 1)))
}

/** Returns the natural logarithm of 1 + x, precise near zero; the same bits on every engine. */
export function ln1p(x: number): number {
  const size = Math.abs(x)
  // Below this size, which is less than half of the last bit of 1, terms of the series would underflow.
  if (size < 1e-17) return x
  return size < 0.4 ? twiceArtanh(x / (2 + x)) : ln(1 + x)
}

/** 2 artanh(f) = log((1 + f) / (1 - f)) by its series, for |f| <= 0.25. */
function twiceArtanh(f: number): number {
  const s = f * f
  let sum = 1 / 25 + s / 27
  sum = 1 / 23 + s * sum
  sum = 1 / 21 + s * sum
  sum = 1 / 19 + s * sum
  sum = 1 / 17 + s * sum
  sum = 1 / 15 + s * sum
  sum = 1 / 13 + s * sum
  sum = 1 / 11 + s * sum
  sum = 1 / 9 + s * sum
  sum = 1 / 7 + s * sum
  sum = 1 / 5 + s * sum
  sum = 1 / 3 + s * sum
  return 2 * f + 2 * f * (s * sum)
}

function scale(x: number, power: number): number {
  let [scaled, left] = [x, power]
  for (; left >= 31; left -= 31) scaled *= 2147483648
  for (; left <= -31; left += 31) scaled /= 2147483648
  return left >= 0 ? scaled * (1 << left) : scaled / (1 << -left)
}
