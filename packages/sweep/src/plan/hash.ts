import type { Value } from '../value.ts'
import { asciiJson, pythonJson } from './python-text.ts'
import { sha1 } from './sha1.ts'
import { rememberTexts } from './value-texts.ts'

/** Names with values, in order. */
export type Assignments = readonly (readonly [name: string, value: Value])[]

/**
 * Creates a function that returns the 12 hex digits by which HyperHerd identifies a trial: the SHA-1 of Python's sorted JSON of the params
 * and extras, and of the stage and parent if there are any. Use one function for many trials: it converts repeated names and values to text
 * only once.
 */
export function createTrialHash(): (params: Assignments, extras: Assignments, place?: TrialPlace) => string {
  const textOf = rememberTexts(pythonJson)
  const keyOf = rememberNames()
  const objectText = (assignments: Assignments): string => {
    if (assignments.length === 0) return '{}'
    const sorted = isSorted(assignments) ? assignments : [...assignments].sort(([a], [b]) => compareCodePoints(a, b))
    let text = ''
    for (const [name, value] of sorted) text += `${text === '' ? '' : ', '}${keyOf(name)}: ${textOf(value)}`
    return `{${text}}`
  }
  return (params, extras, { stage, parent } = {}) => {
    const from = parent === undefined ? '' : `, "parent": ${parent}`
    const own = stage === undefined ? '' : `, "stage": ${keyOf(stage)}`
    return sha1(`{"extras": ${objectText(extras)}, "params": ${objectText(params)}${from}${own}}`).slice(0, 12)
  }
}

/** A trial's place in a sweep with stages. */
export interface TrialPlace {
  readonly stage?: string
  readonly parent?: number
}

function rememberNames(): (name: string) => string {
  const known = new Map<string, string>()
  return (name) => {
    const text = known.get(name) ?? asciiJson(name)
    known.set(name, text)
    return text
  }
}

function isSorted(assignments: Assignments): boolean {
  for (let at = 1; at < assignments.length; at++) {
    if (compareCodePoints(assignments[at - 1]?.[0] ?? '', assignments[at]?.[0] ?? '') > 0) return false
  }
  return true
}

// UTF-16 code units sort like code points, except for surrogates.
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
