import type { Op, Outcome } from '@hotcb/protocol'
import { inverseOf } from './revert.ts'

/**
 * The op that undoes one that was just done, because it failed on another rank; null where there is none.
 *
 * @param outcome What doing it gave.
 */
export function undoOf(op: Op, outcome: Outcome): Op | null {
  if (!outcome.ok || op.module === 'ctl') return null
  return inverseOf({ module: op.module, op: op.op, id: op.id, old: outcome.old ?? null, params: op.params })
}
