import type { Value } from '@hotcb/expr'
import type { Json } from '@hotcb/protocol'

/** A parameter value. Whole numbers and floats are different, as in Python: names and hashes depend on the difference. */
export type { Value }

export const NONE: Value = { type: 'none' }

export function int(value: number): Value {
  return { type: 'int', value }
}

export function float(value: number): Value {
  return { type: 'float', value }
}

export function str(value: string): Value {
  return { type: 'str', value }
}

export function bool(value: boolean): Value {
  return { type: 'bool', value }
}

/** Returns the value as JSON, in which an int and a whole float look the same. */
export function toJson(value: Value): Json {
  if (value.type === 'none') return null
  return 'items' in value ? value.items.map(toJson) : value.value
}

/** Converts a JSON value to a value. A whole number is an int unless `isFloat` is true. */
export function fromJson(json: unknown, isFloat = false): Value {
  if (json === null || json === undefined) return NONE
  if (typeof json === 'boolean') return bool(json)
  if (typeof json === 'number') return isFloat || !Number.isSafeInteger(json) ? float(json) : int(json)
  if (typeof json === 'string') return str(json)
  if (Array.isArray(json)) return { type: 'list', items: json.map((one) => fromJson(one)) }
  return str(JSON.stringify(json))
}

/** Whether it is a float that JSON would read back as an int. */
export function isWholeFloat(value: Value): boolean {
  return value.type === 'float' && Number.isSafeInteger(value.value)
}

/** Returns a value as a number; booleans count as 0 and 1, as in Python. Undefined for anything else. */
export function numberOf(value: Value): number | undefined {
  if (value.type === 'int' || value.type === 'float') return value.value
  return value.type === 'bool' ? Number(value.value) : undefined
}

/** Whether two numbers are equal up to a relative difference of 1e-9. */
export function isClose(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
}

/** Python's `==`, except that numbers are compared up to a relative difference of 1e-9. */
export function isEqual(a: Value, b: Value): boolean {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return isClose(left, right)
  if ('items' in a && 'items' in b) {
    return a.items.length === b.items.length && a.items.every((one, at) => isEqual(one, b.items[at] ?? NONE))
  }
  if (a.type !== b.type) return false
  return a.type === 'none' || ('value' in a && 'value' in b && a.value === b.value)
}

/** Converts a string that looks like a number to an int or a float; undefined for any other string. */
export function numberInText(text: string): Value | undefined {
  const plain = text.replaceAll('_', '')
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return int(Number(text) + 0)
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return undefined
  const number = Number(plain)
  return Number.isFinite(number) ? float(number) : undefined
}
