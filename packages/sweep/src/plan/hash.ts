import type { Value } from '../value.ts'
import { asciiJson, pythonJson } from './python-text.ts'
import { sha1 } from './sha1.ts'

/** Names with values, in order. */
export type Assignments = readonly (readonly [name: string, value: Value])[]

/** The 12 hex digits by which HyperHerd knows a trial: SHA-1 over Python's sorted JSON of params and extras. */
export function trialHash(params: Assignments, extras: Assignments): string {
  return sha1(`{"extras": ${objectText(extras)}, "params": ${objectText(params)}}`).slice(0, 12)
}

function objectText(assignments: Assignments): string {
  const sorted = [...assignments].sort(([a], [b]) => compareCodePoints(a, b))
  return `{${sorted.map(([name, value]) => `${asciiJson(name)}: ${pythonJson(value)}`).join(', ')}}`
}

// UTF-16 sorts as code points do, except where surrogates are.
function compareCodePoints(a: string, b: string): number {
  if (!SURROGATE.test(a) && !SURROGATE.test(b)) return a < b ? -1 : a > b ? 1 : 0
  const [left, right] = [[...a], [...b]]
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

const SURROGATE = /[\ud800-\udfff]/
