import { isObject } from '@hotcb/protocol'
import { fromJson, isWholeFloat, toJson, type Value } from '../value.ts'
import type { Assignments } from './hash.ts'

/** One combination. Its index is never used again. */
export interface Trial {
  readonly i: number
  readonly hash: string
  readonly params: Assignments
  readonly extras: Assignments
  readonly name: string
}

/** What a plan asks for, before it has an index and a name. */
export interface PlannedTrial {
  readonly params: Assignments
  readonly extras: Assignments
}

/** A trial in the journal; `float` names the params that are floats although JSON shows whole numbers. */
export interface TrialDocument {
  readonly i: number
  readonly hash: string
  readonly params: Readonly<Record<string, unknown>>
  readonly float?: readonly string[]
  readonly extras: Readonly<Record<string, unknown>>
  readonly name: string
}

export function toDocument({ i, hash, params, extras, name }: Trial): TrialDocument {
  const floats = [...params, ...extras].filter(([, value]) => isWholeFloat(value)).map(([key]) => key)
  return {
    i,
    hash,
    params: jsonOf(params),
    ...(floats.length > 0 && { float: floats }),
    extras: jsonOf(extras),
    name,
  }
}

export function fromDocument(document: TrialDocument): Trial {
  const { i, hash, name, float = [] } = document
  return { i, hash, name, params: valuesOf(document.params, float), extras: valuesOf(document.extras, float) }
}

/** Assignments as a JSON object. */
export function jsonOf(assignments: Assignments): Record<string, unknown> {
  // `fromEntries` also takes names such as `__proto__`.
  return Object.fromEntries(assignments.map(([name, value]) => [name, toJson(value)]))
}

function valuesOf(object: unknown, floats: readonly string[]): Assignments {
  if (!isObject(object)) return []
  const values: (readonly [string, Value])[] = []
  for (const name in object) values.push([name, fromJson(object[name], floats.includes(name))])
  return values
}
