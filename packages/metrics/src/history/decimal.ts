/**
 * Reads JSON numbers from bytes, bit-identical to `Number(text)` and several times faster.
 *
 * One reader is reused for all numbers: `end` is the end of the last number.
 */
export class DecimalReader {
  /** The position after the last number read; -1 if there was none. */
  end = -1

  // The digits of the number being read: up to nine in `#high`, up to nine more in `#low`.
  #high = 0
  #highDigits = 0
  #low = 0
  #lowDigits = 0

  /**
   * Returns the number at `start`, or NaN with `end` -1 if the bytes are not a JSON number. The byte after it must be readable.
   */
  read(bytes: Uint8Array, start: number): number {
    const negative = bytes[start] === MINUS
    const whole = negative ? start + 1 : start
    this.#high = 0
    this.#highDigits = 0
    this.#low = 0
    this.#lowDigits = 0
    let at = this.#readDigits(bytes, bytes[whole] === ZERO ? whole + 1 : whole)
    if (at === whole || (at > whole + 1 && bytes[whole] === ZERO)) return this.#none()
    let exponent = 0
    if (bytes[at] === POINT) {
      const fraction = at + 1
      at = this.#readFraction(bytes, fraction)
      if (at === fraction) return this.#none()
      exponent = fraction - at
    }
    const byte = bytes[at]
    if (byte === SMALL_E || byte === LARGE_E) {
      const power = this.#readPower(bytes, at + 1)
      if (this.end < 0) return Number.NaN
      exponent += power
      at = this.end
    }
    this.end = at
    const value = assemble(this.#high, this.#low, this.#highDigits, this.#lowDigits, exponent)
    // NaN means that the number is too long, too large, too small, or too close to the midpoint between two doubles.
    if (Number.isNaN(value)) return Number(textOf(bytes, start, at))
    return negative ? -value : value
  }

  #readFraction(bytes: Uint8Array, start: number): number {
    let at = start
    // Leading zeros are not significant, so they are skipped.
    if (this.#highDigits === 0) while (bytes[at] === ZERO) at++
    return this.#readDigits(bytes, at)
  }

  /** Reads digits starting at `start` and returns their end. Also counts digits beyond the 18th, so that such numbers are rejected. */
  #readDigits(bytes: Uint8Array, start: number): number {
    let at = start
    let digit = ((bytes[at] ?? 0) - ZERO) | 0
    let number = this.#high
    const highEnd = at + 9 - this.#highDigits
    for (; at < highEnd && digit >= 0 && digit <= 9; digit = ((bytes[at] ?? 0) - ZERO) | 0) {
      number = (number * 10 + digit) | 0
      at++
    }
    this.#high = number
    this.#highDigits += at - start
    if (at < highEnd) return at
    const lowStart = at
    number = this.#low
    const lowEnd = at + 9 - this.#lowDigits
    for (; at < lowEnd && digit >= 0 && digit <= 9; digit = ((bytes[at] ?? 0) - ZERO) | 0) {
      number = (number * 10 + digit) | 0
      at++
    }
    this.#low = number
    for (; digit >= 0 && digit <= 9; digit = ((bytes[at] ?? 0) - ZERO) | 0) at++
    this.#lowDigits += at - lowStart
    return at
  }

  #readPower(bytes: Uint8Array, start: number): number {
    let at = start
    let byte = bytes[at] ?? 0
    const negative = byte === MINUS
    if (negative || byte === PLUS) byte = bytes[++at] ?? 0
    const first = at
    let power = 0
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) power = Math.min(99999, power * 10 + (byte - ZERO))
    if (at === first) return this.#none()
    this.end = at
    return negative ? -power : power
  }

  #none(): number {
    this.end = -1
    return Number.NaN
  }
}

const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const SMALL_E = 0x65
const LARGE_E = 0x45
const POWERS: Float64Array = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))

/**
 * Returns the correctly rounded number of these digits and this power of ten, or NaN if this arithmetic cannot
 * guarantee it.
 */
function assemble(high: number, low: number, highDigits: number, lowDigits: number, exponent: number): number {
  if (lowDigits > 9 || exponent < -22 || exponent > 22) return high === 0 ? 0 : Number.NaN
  const shift = POWERS[lowDigits] ?? 1
  if (highDigits + lowDigits <= 15) {
    // Both operands are exact, so a single rounding is correct: Clinger, 1990.
    const digits = high * shift + low
    return exponent < 0 ? digits / (POWERS[-exponent] ?? 1) : digits * (POWERS[exponent] ?? 1)
  }
  return exponent > 0 ? Number.NaN : divide(high, low, shift, POWERS[-exponent] ?? 1)
}

/**
 * Returns `(upper * shift + lower) / divisor`, computed in twice the precision of a double (Dekker, 1971) and rounded;
 * NaN if the result is so close to the midpoint between two doubles that rounding errors could change it.
 */
function divide(upper: number, lower: number, shift: number, divisor: number): number {
  // The 16 to 18 digits as the exact sum of high and low.
  const product = upper * shift
  const rest = productError(upper, shift, product) + lower
  const high = product + rest
  const low = rest - (high - product)
  const quotient = high / divisor
  const back = quotient * divisor
  const remainder = high - back - productError(quotient, divisor, back)
  const correction = (remainder + low) / divisor
  const result = quotient + correction
  const slack = correction * SLACK
  return quotient + (correction + slack) === result && quotient + (correction - slack) === result ? result : Number.NaN
}

// The correction has a relative error below 2^-50.
const SLACK = 2 ** -48
// Splits a double into two halves of 26 bits whose products are exact.
const SPLITTER = 2 ** 27 + 1

function productError(a: number, b: number, product: number): number {
  const scaledA = a * SPLITTER
  const highA = scaledA - (scaledA - a)
  const lowA = a - highA
  const scaledB = b * SPLITTER
  const highB = scaledB - (scaledB - b)
  const lowB = b - highB
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}
