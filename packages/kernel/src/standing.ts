import type { Op } from '@hotcb/protocol'
import { byPlace, type HistoryPlace, isCut, type Seam } from '@hotcb/recipe'

/** What is kept of an applied change, so that it can be reverted. */
export interface Stands extends HistoryPlace {
  readonly seq: number
  /** What it touched: two changes with a key in common cannot be undone out of order. */
  readonly keys: readonly string[]
  readonly reverts: number | null
}

/** The applied changes that stand: the kernel keeps this of them, and leaves the entries in the ledger. */
export interface Standing {
  get(seq: number): Stands | undefined
  /** Seqs must grow from one to the next. */
  add(stands: Stands): void
  /** An entry of the history was made again at another place. */
  move(seq: number, place: HistoryPlace): void
  delete(seq: number): void
  /** Takes out what a seam cuts. */
  cut(seam: Seam): void
  isReverted(seq: number): boolean
  /** The newest change that neither reverts nor is reverted. */
  newest(): number | undefined
  /** Seqs of later changes, neither reverting nor reverted, that touched a key of this one. */
  touchedLater(stands: Stands): readonly number[]
}

export function createStanding(): Standing {
  // Columns, by seq: a hundred thousand small objects would cost the collector more than all else.
  const steps: number[] = []
  const calls: number[] = []
  const afters: boolean[] = []
  const ends: boolean[] = []
  const keysOf: (readonly string[])[] = []
  const base: number[] = []
  let count = 0
  const reverts = new Map<number, number>()
  const revertedBy = new Map<number, number>()
  const shared = new Map<string, readonly string[]>()

  // Row of a seq, by binary search; -1 where it does not stand.
  function rowOf(seq: number): number {
    let low = 0
    let high = count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((base[middle] ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return base[low] === seq && (steps[low] ?? GONE) !== GONE ? low : -1
  }

  function standsAt(row: number): Stands {
    const seq = base[row] ?? 0
    return {
      seq,
      step: steps[row] ?? 0,
      call: calls[row] ?? 0,
      after: afters[row] === true,
      end: ends[row] === true,
      keys: keysOf[row] ?? [],
      reverts: reverts.get(seq) ?? null,
    }
  }

  function drop(row: number): void {
    const seq = base[row] ?? 0
    steps[row] = GONE
    const target = reverts.get(seq)
    if (target === undefined) return
    reverts.delete(seq)
    if (revertedBy.get(target) === seq) revertedBy.delete(target)
  }

  function intern(keys: readonly string[]): readonly string[] {
    const name = keys.length === 1 ? (keys[0] ?? '') : keys.join('\n')
    const known = shared.get(name)
    if (known !== undefined) return known
    shared.set(name, keys)
    return keys
  }

  return {
    get(seq) {
      const row = rowOf(seq)
      return row < 0 ? undefined : standsAt(row)
    },
    add(stands) {
      base.push(stands.seq)
      steps.push(stands.step)
      calls.push(stands.call)
      afters.push(stands.after)
      ends.push(stands.end)
      keysOf.push(intern(stands.keys))
      count++
      if (stands.reverts === null) return
      reverts.set(stands.seq, stands.reverts)
      revertedBy.set(stands.reverts, stands.seq)
    },
    move(seq, { step, call, after, end }) {
      const row = rowOf(seq)
      if (row < 0) return
      steps[row] = step
      calls[row] = call
      afters[row] = after
      ends[row] = end
    },
    delete(seq) {
      const row = rowOf(seq)
      if (row >= 0) drop(row)
    },
    cut(seam) {
      for (let row = 0; row < count; row++) {
        if (steps[row] !== GONE && isCut(standsAt(row), seam)) drop(row)
      }
    },
    isReverted: (seq) => revertedBy.has(seq),
    newest() {
      for (let row = count - 1; row >= 0; row--) {
        const seq = base[row] ?? 0
        if (steps[row] !== GONE && !reverts.has(seq) && !revertedBy.has(seq)) return seq
      }
      return undefined
    },
    touchedLater(stands) {
      const later: number[] = []
      for (let row = 0; row < count; row++) {
        if (steps[row] === GONE) continue
        const other = standsAt(row)
        if (!isAfter(other, stands) || other.reverts !== null || revertedBy.has(other.seq)) continue
        if (other.keys.some((key) => stands.keys.includes(key))) later.push(other.seq)
      }
      return later
    },
  }
}

// Below every step: what follows a load to step 0 has step -1.
const GONE = -2

/** Keys by which changes of a module that is not the mutable state can be told apart. */
export function moduleKeys(op: Op, set: Op['params']): readonly string[] {
  const handle = `${op.module}:${op.id}`
  if (op.op !== 'set_params' && op.op !== 'set') return [handle]
  return Object.keys(set ?? {}).map((key) => `${handle}:${key}`)
}

function isAfter(a: Stands, b: Stands): boolean {
  return byPlace(a, b) > 0
}
