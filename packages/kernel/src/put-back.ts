import type { MutableState } from '@hotcb/actuators'
import type { Op, Outcome } from '@hotcb/protocol'
import type { RankReply } from './collective.ts'
import { inverseOf } from './revert.ts'

/**
 * Takes back on this rank what was just done there, because it failed on another one or nobody knows.
 *
 * @param outcome What doing it gave: where it failed there is nothing to take back.
 * @param state The controls, where the op is one of theirs.
 * @returns What became of it; `broken` are controls that now stand otherwise than on the other ranks.
 */
export function putBack(op: Op, outcome: Outcome, route: (op: Op) => Outcome, state: MutableState | null): RankReply {
  if (!outcome.ok) return { ok: true }
  const inverse =
    op.module === 'ctl'
      ? null
      : inverseOf({ module: op.module, op: op.op, id: op.id, old: outcome.old ?? null, params: op.params })
  if (inverse === null) return { ok: false, error: 'it was done there and cannot be put back' }
  const undone = route(inverse)
  if (undone.ok) return { ok: true }
  const touched = inverse.op === 'set_params' ? (state?.touched(inverse.params ?? {}) ?? []) : []
  const broken = new Set([...touched, ...(state?.takeBroken() ?? [])])
  return { ok: false, error: `it could not be put back: ${undone.error}`, broken: [...broken] }
}
