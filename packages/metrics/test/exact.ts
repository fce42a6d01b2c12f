import { expect } from 'vitest'

/** Returns the mean of doubles with a single final rounding, using big integers. */
export function exactMean(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN
  const sum = values.reduce((total, value) => total + inUnits(value), 0n)
  const quotient = (sum << 128n) / BigInt(values.length)
  const size = quotient < 0n ? -quotient : quotient
  const shift = Math.max(0, size.toString(2).length - 100)
  // Multiplied in two steps, because the power alone may overflow a double.
  const power = shift - 128 - UNIT
  const half = Math.trunc(power / 2)
  return Number(quotient >> BigInt(shift)) * 2 ** half * 2 ** (power - half)
}

/** Expects a mean to equal that of these values up to the last one or two bits of a double. */
export function expectMean(got: number | undefined, values: readonly number[]): void {
  const exact = exactMean(values)
  if (Number.isNaN(exact)) {
    expect(got).toBeNaN()
    return
  }
  const most = values.reduce((size, value) => Math.max(size, Math.abs(value)), 0)
  const slack = Math.abs(exact) * 2 ** -51 + most * 2 ** -95
  if (!(Math.abs((got ?? Number.NaN) - exact) <= slack)) expect(got).toBe(exact)
}

const UNIT = 1074

/** A double as a whole number of 2^-1074. */
function inUnits(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n
  const exponent = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const size = exponent === 0 ? fraction : (fraction | 0x10000000000000n) << BigInt(exponent - 1)
  return value < 0 ? -size : size
}
