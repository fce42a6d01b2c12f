import { stop } from './problem.ts'
import type { BinaryOperator, TextSpan, Value } from './types.ts'

/** @throws Stopped when a whole number leaves the range in which all of them are exact */
export function intOf(value: number, span: TextSpan): Value {
  if (!Number.isSafeInteger(value)) stop('range', 'the result is too large: whole numbers go to 2**53 - 1', span)
  // Adding 0 takes the sign from -0, which no int has.
  return { type: 'int', value: value + 0 }
}

/** @throws Stopped when it is not finite */
export function floatOf(value: number, span: TextSpan): Value {
  if (!Number.isFinite(value)) stop('range', 'the result is too large for a float', span)
  return { type: 'float', value }
}

/** Whole numbers, with Python's meaning. @throws Stopped */
export function intArithmetic(op: BinaryOperator, left: number, right: number, span: TextSpan): Value {
  switch (op) {
    case '+':
      return intOf(left + right, span)
    case '-':
      return intOf(left - right, span)
    case '*':
      return intOf(left * right, span)
    case '/':
      return floatOf(left / divisor(right, span), span)
    case '//':
      // Exact: the remainder is taken away first.
      return intOf((left - modulo(left, right, span)) / right, span)
    case '%':
      return intOf(modulo(left, right, span), span)
    case '**':
      return right < 0 ? floatPower(left, right, span) : intPower(left, right, span)
  }
}

/** Floats, with Python's meaning. @throws Stopped */
export function floatArithmetic(op: BinaryOperator, left: number, right: number, span: TextSpan): Value {
  switch (op) {
    case '+':
      return floatOf(left + right, span)
    case '-':
      return floatOf(left - right, span)
    case '*':
      return floatOf(left * right, span)
    case '/':
      return floatOf(left / divisor(right, span), span)
    case '//':
      return floatOf(floorDivide(left, right, span), span)
    case '%':
      return floatOf(modulo(left, right, span), span)
    case '**':
      return floatPower(left, right, span)
  }
}

function divisor(right: number, span: TextSpan): number {
  if (right === 0) stop('range', 'division by zero', span)
  return right
}

// The sign is that of the divisor, also of a zero.
function modulo(left: number, right: number, span: TextSpan): number {
  const rest = left % divisor(right, span)
  if (rest === 0) return right < 0 ? -0 : 0
  return rest < 0 !== right < 0 ? rest + right : rest
}

function floorDivide(left: number, right: number, span: TextSpan): number {
  const quotient = (left - modulo(left, right, span)) / right
  if (quotient === 0) return left / right < 0 || Object.is(left / right, -0) ? -0 : 0
  const floor = Math.floor(quotient)
  return quotient - floor > 0.5 ? floor + 1 : floor
}

function intPower(base: number, exponent: number, span: TextSpan): Value {
  // With 0, 1 and -1 the exponent may be as large as it likes; every other base leaves the range within 53 factors.
  if (Math.abs(base) <= 1) return intOf(exponent === 0 ? 1 : base === -1 && exponent % 2 === 0 ? 1 : base, span)
  let power = 1
  for (let i = 0; i < exponent && Number.isSafeInteger(power); i++) power *= base
  return intOf(power, span)
}

function floatPower(base: number, exponent: number, span: TextSpan): Value {
  if (base === 0 && exponent < 0) stop('range', 'zero to a negative power', span)
  if (base < 0 && !Number.isInteger(exponent)) {
    stop('range', 'a negative number to a power that is not whole', span)
  }
  return floatOf(exactPower(base, exponent) ?? base ** exponent, span)
}

// `**` of JavaScript is off by one bit for powers such as 10 ** -5. Powers of whole numbers are exact as big integers, of which
// the nearest float is taken.
function exactPower(base: number, exponent: number): number | undefined {
  if (!Number.isSafeInteger(base) || !Number.isInteger(exponent)) return undefined
  const bits = Math.abs(exponent) * Math.log2(Math.abs(base) || 1)
  if (bits > (exponent < 0 ? 1000 : 1030)) return undefined
  const power = Number(BigInt(base) ** BigInt(Math.abs(exponent)))
  return exponent < 0 ? 1 / power : power
}
