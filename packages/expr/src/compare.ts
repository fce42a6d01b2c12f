import { charge, isItems, type Meter, nameOf, numberOf } from './operators.ts'
import { stop } from './problem.ts'
import type { CompareOperator, TextSpan, Value } from './types.ts'

/** Evaluates `left op right`. @throws Stopped */
export function compares(op: CompareOperator, left: Value, right: Value, meter: Meter, span: TextSpan): boolean {
  switch (op) {
    case '==':
      return isSame(left, right, meter, span)
    case '!=':
      return !isSame(left, right, meter, span)
    case 'in':
      return isIn(left, right, meter, span)
    case 'not in':
      return !isIn(left, right, meter, span)
    default:
      return isOrdered(op, order(op, left, right, meter, span))
  }
}

function isOrdered(op: '<' | '<=' | '>' | '>=', sign: number): boolean {
  if (op === '<') return sign < 0
  if (op === '<=') return sign <= 0
  return op === '>' ? sign > 0 : sign >= 0
}

/**
 * Returns a negative number, 0 or a positive number if `left` is before, equal to or after `right`. @throws Stopped if
 * they have no order
 */
export function order(what: string, left: Value, right: Value, meter: Meter, span: TextSpan): number {
  const a = numberOf(left, meter.dialect)
  const b = numberOf(right, meter.dialect)
  if (a !== undefined && b !== undefined) return a < b ? -1 : a > b ? 1 : 0
  if (left.type === 'str' && right.type === 'str') return textOrder(left.value, right.value)
  return stop('type', `\`${what}\` does not take ${nameOf(left)} and ${nameOf(right)}`, span)
}

// Compares by code points, as Python does. JavaScript compares UTF-16 units, in which the highest code points are
// surrogates and sort too early.
function textOrder(left: string, right: string): number {
  let i = 0
  while (i < left.length && left[i] === right[i]) i++
  return rankAt(left, i) - rankAt(right, i)
}

function rankAt(text: string, index: number): number {
  if (index >= text.length) return -1
  const unit = text.charCodeAt(index)
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}

function isSame(left: Value, right: Value, meter: Meter, span: TextSpan): boolean {
  const a = numberOf(left, meter.dialect)
  if (a !== undefined) return a === numberOf(right, meter.dialect)
  if (left.type !== right.type) return false
  if (isItems(left) && isItems(right)) return areSame(left.items, right.items, meter, span)
  return left.type === 'none' || ('value' in left && 'value' in right && left.value === right.value)
}

function areSame(left: readonly Value[], right: readonly Value[], meter: Meter, span: TextSpan): boolean {
  if (left.length !== right.length) return false
  return left.every((item, i) => {
    charge(meter, 1, span)
    const other = right[i]
    return other !== undefined && isSame(item, other, meter, span)
  })
}

function isIn(left: Value, right: Value, meter: Meter, span: TextSpan): boolean {
  if (isItems(right)) {
    return right.items.some((item) => {
      charge(meter, 1, span)
      return isSame(item, left, meter, span)
    })
  }
  if (right.type === 'str' && left.type === 'str') {
    charge(meter, left.value.length + right.value.length, span)
    return right.value.includes(left.value)
  }
  return stop('type', `\`in\` does not take ${nameOf(left)} and ${nameOf(right)}`, span)
}
