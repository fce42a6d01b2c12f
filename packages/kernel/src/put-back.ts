import type { MutableState } from '@hotcb/actuators'
import type { ModuleTable, Op, Outcome } from '@hotcb/protocol'
import type { RankReply } from './collective.ts'
import { inverseOf } from './revert.ts'

/** The parts that are needed to revert an op. */
export interface PutBackPlace {
  readonly route: (op: Op) => Outcome
  /** The controls, if the op belongs to them. */
  readonly state: MutableState | null
  readonly table: ModuleTable
}

/**
 * Reverts an op that was just applied on this rank, because it failed on another rank or its outcome there is unknown.
 *
 * @param outcome The outcome of the op on this rank. If the op failed, there is nothing to revert.
 * @returns The outcome; `broken` lists controls whose values now differ from those on the other ranks.
 */
export function putBack(op: Op, outcome: Outcome, { route, state, table }: PutBackPlace): RankReply {
  if (!outcome.ok) return { ok: true }
  const { module, op: word, id, params } = op
  const inverse = inverseOf({ module, op: word, id, old: outcome.old ?? null, params }, table)
  if (inverse === null) return { ok: false, error: 'it was applied there and cannot be reverted' }
  const undone = route(inverse)
  if (undone.ok) return { ok: true }
  const touched = inverse.op === 'set_params' ? (state?.touched(inverse.params ?? {}) ?? []) : []
  const broken = new Set([...touched, ...(state?.takeBroken() ?? [])])
  return { ok: false, error: `it could not be reverted: ${undone.error}`, broken: [...broken] }
}
