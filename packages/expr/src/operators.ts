import { floatArithmetic, intArithmetic, intOf } from './numbers.ts'
import { stop } from './problem.ts'
import {
  type BinaryOperator,
  type Dialect,
  MAX_LIST_LENGTH,
  MAX_STRING_LENGTH,
  MAX_VALUES_READ,
  type TextSpan,
  type Value,
} from './types.ts'

/** How many values an evaluation may still read. */
export interface Meter {
  readonly dialect: Dialect
  left: number
}

export function createMeter(dialect: Dialect): Meter {
  return { dialect, left: MAX_VALUES_READ }
}

/** Counts the values that are read. @throws Stopped when there are too many */
export function charge(meter: Meter, count: number, span: TextSpan): void {
  meter.left -= count
  if (meter.left < 0) stop('cost', `the expression reads more than ${MAX_VALUES_READ} values`, span)
}

type Items = Extract<Value, { readonly items: unknown }>

/**
 * Returns the number that an operator uses for a value; undefined if it is not a number. In a sweep True is 1, as in
 * Python.
 */
export function numberOf(value: Value, dialect: Dialect): number | undefined {
  if (value.type === 'float' || value.type === 'int') return value.value
  return value.type === 'bool' && dialect === 'sweep' ? Number(value.value) : undefined
}

/** Evaluates `left op right`. @throws Stopped */
export function arithmetic(op: BinaryOperator, left: Value, right: Value, meter: Meter, span: TextSpan): Value {
  const a = numberOf(left, meter.dialect)
  const b = numberOf(right, meter.dialect)
  if (a !== undefined && b !== undefined) {
    const isFloat = left.type === 'float' || right.type === 'float'
    return isFloat ? floatArithmetic(op, a, b, span) : intArithmetic(op, a, b, span)
  }
  const made = meter.dialect === 'sweep' ? joinOrRepeat(op, left, right, meter, span) : undefined
  if (made === undefined) stop('type', `\`${op}\` does not take ${nameOf(left)} and ${nameOf(right)}`, span)
  return made
}

function joinOrRepeat(op: BinaryOperator, left: Value, right: Value, meter: Meter, span: TextSpan): Value | undefined {
  if (op === '+') return joined(left, right, meter, span)
  if (op !== '*') return undefined
  return repeated(left, right, meter, span) ?? repeated(right, left, meter, span)
}

function joined(left: Value, right: Value, meter: Meter, span: TextSpan): Value | undefined {
  if (left.type === 'str' && right.type === 'str') return textOf(left.value, right.value, 1, span)
  if (!isItems(left) || !isItems(right) || left.type !== right.type) return undefined
  return itemsOf(left.type, [...left.items, ...right.items], meter, span)
}

function repeated(value: Value, times: Value, meter: Meter, span: TextSpan): Value | undefined {
  const count = times.type === 'float' ? undefined : numberOf(times, meter.dialect)
  if (count === undefined) return undefined
  if (value.type === 'str') return textOf('', value.value, Math.max(0, count), span)
  if (!isItems(value)) return undefined
  const length = value.items.length * Math.max(0, count)
  if (length > MAX_LIST_LENGTH) stop('cost', `a ${value.type} of more than ${MAX_LIST_LENGTH} items`, span)
  const items = Array.from({ length }, (_, i) => value.items[i % value.items.length] as Value)
  return itemsOf(value.type, items, meter, span)
}

function textOf(first: string, second: string, times: number, span: TextSpan): Value {
  if (first.length + second.length * times > MAX_STRING_LENGTH) {
    stop('cost', `a string of more than ${MAX_STRING_LENGTH} characters`, span)
  }
  return { type: 'str', value: first + second.repeat(second === '' ? 0 : times) }
}

/**
 * Creates a tuple or list. Lists within lists share their items, so every item that would be printed is counted.
 * @throws Stopped
 */
export function itemsOf(type: 'tuple' | 'list', items: readonly Value[], meter: Meter, span: TextSpan): Value {
  if (items.length > MAX_LIST_LENGTH) stop('cost', `a ${type} of more than ${MAX_LIST_LENGTH} items`, span)
  chargeItems(items, meter, span)
  return { type, items }
}

function chargeItems(items: readonly Value[], meter: Meter, span: TextSpan): void {
  charge(meter, items.length, span)
  for (const item of items) if (isItems(item)) chargeItems(item.items, meter, span)
}

/** Evaluates `+value` or `-value`. @throws Stopped */
export function signed(op: '+' | '-', value: Value, meter: Meter, span: TextSpan): Value {
  const number = numberOf(value, meter.dialect)
  if (number === undefined) stop('type', `\`${op}\` does not take ${nameOf(value)}`, span)
  if (value.type === 'float') return { type: 'float', value: op === '-' ? -number : number }
  return intOf(op === '-' ? -number : number, span)
}

/**
 * Returns whether a condition is true. In a sweep every value counts as true or false, as in Python; in a rule the
 * value must be a bool. @throws Stopped
 */
export function truth(value: Value, dialect: Dialect, what: string, span: TextSpan): boolean {
  if (value.type === 'bool') return value.value
  if (dialect === 'rule') stop('type', `${what} takes a bool: this is ${nameOf(value)}`, span)
  if (value.type === 'none') return false
  if (isItems(value)) return value.items.length > 0
  return value.value !== 0 && value.value !== ''
}

export function isItems(value: Value): value is Items {
  return value.type === 'tuple' || value.type === 'list'
}

const NAMES: Readonly<Record<Value['type'], string>> = {
  int: 'a whole number',
  float: 'a number',
  bool: 'a bool',
  str: 'a string',
  none: 'None',
  tuple: 'a tuple',
  list: 'a list',
}

/** Returns the name of a value's type for messages. */
export function nameOf(value: Value): string {
  return NAMES[value.type]
}
