import { stop } from './problem.ts'
import type { BinaryOperator, TextSpan, Value } from './types.ts'

/** Returns an int. @throws Stopped when it is outside the range in which all whole numbers are exact */
export function intOf(value: number, span: TextSpan): Value {
  if (!Number.isSafeInteger(value))
    stop('range', 'the result is too large; the limit for whole numbers is 2**53 - 1', span)
  // Adding 0 turns -0 into 0, since an int has no -0.
  return { type: 'int', value: value + 0 }
}

/** Returns a float. @throws Stopped when it is not finite */
export function floatOf(value: number, span: TextSpan): Value {
  if (!Number.isFinite(value)) stop('range', 'the result is too large for a float', span)
  return { type: 'float', value }
}

/** Evaluates an operator on whole numbers as Python does. @throws Stopped */
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
      // The division is exact, because the remainder is subtracted first.
      return intOf((left - modulo(left, right, span)) / right, span)
    case '%':
      return intOf(modulo(left, right, span), span)
    case '**':
      return right < 0 ? floatPower(left, right, span) : intPower(left, right, span)
  }
}

/** Evaluates an operator on floats as Python does. @throws Stopped */
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

// The result has the sign of the divisor, even if it is zero.
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
  // For the bases 0, 1 and -1 any exponent is possible. Every other base leaves the range within 53 factors.
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

// JavaScript's `**` is off by one bit for powers such as 10 ** -5. Powers of whole numbers are exact as big integers,
// and are then rounded to the nearest float.
function exactPower(base: number, exponent: number): number | undefined {
  if (!Number.isSafeInteger(base) || !Number.isInteger(exponent)) return undefined
  const bits = Math.abs(exponent) * Math.log2(Math.abs(base) || 1)
  if (bits > (exponent < 0 ? 1000 : 1030)) return undefined
  const power = Number(BigInt(base) ** BigInt(Math.abs(exponent)))
  return exponent < 0 ? 1 / power : power
}
