import { isObject } from './json.ts'

/**
 * Whether two JSON values are the same. The order of an object's keys does not matter, 0 equals -0 (JSON text has only
 * one zero), and NaN equals itself.
 *
 * @param isClose Compares two numbers that are not equal. Default: they are not the same.
 */
export function sameJson(a: unknown, b: unknown, isClose: (a: number, b: number) => boolean = never): boolean {
  if (a === b || Object.is(a, b)) return true
  if (typeof a === 'number' && typeof b === 'number') return isClose(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((one, i) => sameJson(one, b[i], isClose))
  }
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key], isClose))
}

function never(): boolean {
  return false
}
