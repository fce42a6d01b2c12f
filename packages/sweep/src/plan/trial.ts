import { isObject } from '@hotcb/protocol'
import { fromJson, isWholeFloat, toJson, type Value } from '../value.ts'
import type { Assignments } from './hash.ts'

/** One combination. Its index is never reused. */
export interface SweepTrial {
  readonly i: number
  readonly hash: string
  readonly params: Assignments
  readonly extras: Assignments
  readonly name: string
  /** Omitted in a sweep without stages. */
  readonly stage?: string
  /** The index of the trial that it continues; omitted if there is none. */
  readonly parent?: number
}

/** A planned trial, before it has an index and a name. */
export type PlannedTrial = Pick<SweepTrial, 'params' | 'extras' | 'stage' | 'parent'>

/** A trial in the journal; `float` names the params that are floats although JSON shows whole numbers. */
export interface TrialDocument {
  readonly i: number
  readonly hash: string
  readonly params: Readonly<Record<string, unknown>>
  readonly float?: readonly string[]
  readonly extras: Readonly<Record<string, unknown>>
  readonly name: string
  readonly stage?: string
  readonly parent?: number
}

export function toDocument({ i, hash, params, extras, name, ...place }: SweepTrial): TrialDocument {
  const floats = [...params, ...extras].filter(([, value]) => isWholeFloat(value)).map(([key]) => key)
  return {
    i,
    hash,
    params: jsonOf(params),
    ...(floats.length > 0 && { float: floats }),
    extras: jsonOf(extras),
    name,
    ...placeOf(place),
  }
}

/** Returns the values that a trial trains with: its own and its parent's. */
export function trialValues({ params, extras, parent }: Pick<SweepTrial, 'params' | 'extras' | 'parent'>): Assignments {
  return parent === undefined ? params : [...params, ...extras]
}

/** Returns the stage and the parent, if there are any. */
export function placeOf({ stage, parent }: Pick<SweepTrial, 'stage' | 'parent'>): Pick<SweepTrial, 'stage' | 'parent'> {
  return { ...(stage !== undefined && { stage }), ...(parent !== undefined && { parent }) }
}

export function fromDocument(document: TrialDocument): SweepTrial {
  const { i, hash, name, float = [] } = document
  const [params, extras] = [valuesOf(document.params, float), valuesOf(document.extras, float)]
  return { i, hash, name, params, extras, ...placeOf(document) }
}

/** Converts assignments to a JSON object. */
export function jsonOf(assignments: Assignments): Record<string, unknown> {
  // `fromEntries` also accepts names such as `__proto__`.
  return Object.fromEntries(assignments.map(([name, value]) => [name, toJson(value)]))
}

function valuesOf(object: unknown, floats: readonly string[]): Assignments {
  if (!isObject(object)) return []
  const values: (readonly [string, Value])[] = []
  for (const name in object) values.push([name, fromJson(object[name], floats.includes(name))])
  return values
}
