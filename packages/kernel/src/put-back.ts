import type { MutableState } from '@hotcb/actuators'
import type { ModuleTable, Op, Outcome } from '@hotcb/protocol'
import type { RankReply } from './collective.ts'
import { inverseOf } from './revert.ts'

/** Where an op is taken back. */
export interface PutBackPlace {
  readonly route: (op: Op) => Outcome
  /** The controls, where the op is one of theirs. */
  readonly state: MutableState | null
  readonly table: ModuleTable
}

/**
 * Takes back on this rank what was just done there, because it failed on another one or nobody knows.
 *
 * @param outcome What doing it gave: where it failed there is nothing to take back.
 * @returns What became of it; `broken` are controls that now stand otherwise than on the other ranks.
 */
export function putBack(op: Op, outcome: Outcome, { route, state, table }: PutBackPlace): RankReply {
  if (!outcome.ok) return { ok: true }
  const { module, op: word, id, params } = op
  const inverse = inverseOf({ module, op: word, id, old: outcome.old ?? null, params }, table)
  if (inverse === null) return { ok: false, error: 'it was done there and cannot be put back' }
  const undone = route(inverse)
  if (undone.ok) return { ok: true }
  const touched = inverse.op === 'set_params' ? (state?.touched(inverse.params ?? {}) ?? []) : []
  const broken = new Set([...touched, ...(state?.takeBroken() ?? [])])
  return { ok: false, error: `it could not be put back: ${undone.error}`, broken: [...broken] }
}
