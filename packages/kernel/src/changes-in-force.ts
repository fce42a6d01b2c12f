import type { Op } from '@hotcb/protocol'
import { compareEntries, type HistoryPlace, isCut, type Seam } from '@hotcb/recipe'
import { createChangeRows } from './change-rows.ts'

/** The data about an applied change that a revert needs. */
export interface ChangeInForce extends HistoryPlace {
  readonly seq: number
  /** The keys that it changed. Two changes with a common key cannot be undone out of order. */
  readonly keys: readonly string[]
  readonly reverts: number | null
}

/**
 * The applied changes that are still in force. The kernel keeps only these short records in memory; the full entries
 * are in the ledger.
 */
export interface ChangesInForce {
  get(seq: number): ChangeInForce | undefined
  /** Adds a change. Seqs must increase. */
  add(stands: ChangeInForce): void
  /** Records that an entry of the history was re-applied at another place. */
  move(seq: number, place: HistoryPlace): void
  delete(seq: number): void
  /** Removes the changes that a seam (a return to an earlier step) cuts from history. */
  cut(seam: Seam): void
  isReverted(seq: number): boolean
  /** Returns the seq of the latest change that is not a revert and has not been reverted. */
  newest(): number | undefined
  /** Returns the seqs of later changes to the same keys that are not reverts and have not been reverted. */
  touchedLater(stands: ChangeInForce): readonly number[]
}

export function createChangesInForce(): ChangesInForce {
  const reverts = new Map<number, number>()
  const revertedBy = new Map<number, number>()
  const rows = createChangeRows((seq) => reverts.get(seq) ?? null)

  function drop(row: number): void {
    const seq = rows.seqAt(row)
    rows.drop(row)
    const target = reverts.get(seq)
    if (target === undefined) return
    reverts.delete(seq)
    if (revertedBy.get(target) === seq) revertedBy.delete(target)
  }

  return {
    get(seq) {
      const row = rows.rowOf(seq)
      return row < 0 ? undefined : rows.at(row)
    },
    add(stands) {
      rows.push(stands)
      if (stands.reverts === null) return
      reverts.set(stands.seq, stands.reverts)
      revertedBy.set(stands.reverts, stands.seq)
    },
    move(seq, place) {
      const row = rows.rowOf(seq)
      if (row >= 0) rows.move(row, place)
    },
    delete(seq) {
      const row = rows.rowOf(seq)
      if (row >= 0) drop(row)
    },
    cut(seam) {
      for (let row = 0; row < rows.count; row++) if (!rows.isGone(row) && isCut(rows.at(row), seam)) drop(row)
    },
    isReverted: (seq) => revertedBy.has(seq),
    newest() {
      for (let row = rows.count - 1; row >= 0; row--) {
        const seq = rows.seqAt(row)
        if (!rows.isGone(row) && !reverts.has(seq) && !revertedBy.has(seq)) return seq
      }
      return undefined
    },
    touchedLater(stands) {
      const later: number[] = []
      for (let row = 0; row < rows.count; row++) {
        if (rows.isGone(row)) continue
        const other = rows.at(row)
        if (!isAfter(other, stands) || other.reverts !== null || revertedBy.has(other.seq)) continue
        if (other.keys.some((key) => stands.keys.includes(key))) later.push(other.seq)
      }
      return later
    },
  }
}

/** Returns the keys that identify what an op of a module changed. It must not be used for the trainer's controls. */
export function moduleKeys(op: Op, set: Op['params']): readonly string[] {
  const handle = `${op.module}:${op.id}`
  if (op.op !== 'set_params' && op.op !== 'set') return [handle]
  return Object.keys(set ?? {}).map((key) => `${handle}:${key}`)
}

function isAfter(a: ChangeInForce, b: ChangeInForce): boolean {
  return compareEntries(a, b) > 0
}
