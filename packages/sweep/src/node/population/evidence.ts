import { isObject, type JsonObject } from '@hotcb/protocol'
import type { Decision } from '../../journal/fold.ts'
import { fromJson, isWholeFloat, toJson, type Value } from '../../value.ts'

/**
 * The journal record of an exploit: one member continues from another member's checkpoint. It contains all data needed to repeat the
 * exploit after a kill.
 */
export interface ExploitEvidence {
  readonly from: number
  /** The donor's checkpoint. */
  readonly tag: string
  /** The last line of the donor's ledger that the checkpoint covers. */
  readonly seq: number
  /** The tag of the copy in the trial. */
  readonly as: string
  readonly cid: string
  /** The new values, by parameter. */
  readonly values: ReadonlyMap<string, Value>
  /** The controls that are set together with the load, by module. */
  readonly set: JsonObject
}

/** Converts the evidence to fields of a `decide` event. */
export function exploitFields({ values, ...rest }: ExploitEvidence): Readonly<Record<string, unknown>> {
  const float = [...values].flatMap(([name, value]) => (isWholeFloat(value) ? [name] : []))
  const params = Object.fromEntries([...values].map(([name, value]) => [name, toJson(value)]))
  return { ...rest, params, ...(float.length > 0 && { float }) }
}

/** Reads the evidence of an exploit; null for any other decision. */
export function readExploit({ planner, verdict, evidence }: Decision): ExploitEvidence | null {
  if (planner !== 'pbt' || verdict !== 'exploit') return null
  const { from, tag, seq, as, cid, params, float, set } = evidence
  if (typeof from !== 'number' || typeof seq !== 'number' || !isObject(params) || !isObject(set)) return null
  if (typeof tag !== 'string' || typeof as !== 'string' || typeof cid !== 'string') return null
  const floats: readonly unknown[] = Array.isArray(float) ? float : []
  const values = Object.entries(params).map(([name, value]) => [name, fromJson(value, floats.includes(name))] as const)
  // The journal is JSON at every level.
  return { from, tag, seq, as, cid, values: new Map(values), set: set as JsonObject }
}
