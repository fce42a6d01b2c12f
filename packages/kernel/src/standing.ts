import type { Op } from '@hotcb/protocol'

/** What is kept of an applied change, so that it can be reverted. */
export interface Stands {
  readonly seq: number
  step: number
  call: number
  /** What it touched: two changes with a key in common cannot be undone out of order. */
  readonly keys: readonly string[]
  readonly reverts: number | null
}

/** The applied changes that stand: the kernel keeps this of them, and leaves the entries in the ledger. */
export interface Standing {
  get(seq: number): Stands | undefined
  add(stands: Stands): void
  /** An entry of the history was made again at another place. */
  move(seq: number, step: number, call: number): void
  delete(seq: number): void
  /** Takes out all from a step on. */
  cut(step: number): void
  isReverted(seq: number): boolean
  /** The newest change that neither reverts nor is reverted. */
  newest(): number | undefined
  /** Seqs of later changes, neither reverting nor reverted, that touched a key of this one. */
  touchedLater(stands: Stands): readonly number[]
}

export function createStanding(): Standing {
  let all = new Map<number, Stands>()
  let reverted = new Map<number, number>()
  let order: number[] = []

  function drop(stands: Stands): void {
    all.delete(stands.seq)
    if (stands.reverts !== null && reverted.get(stands.reverts) === stands.seq) reverted.delete(stands.reverts)
  }

  return {
    get: (seq) => all.get(seq),
    add(stands) {
      all.set(stands.seq, stands)
      order.push(stands.seq)
      if (stands.reverts !== null) reverted.set(stands.reverts, stands.seq)
    },
    move(seq, step, call) {
      const stands = all.get(seq)
      if (stands !== undefined) Object.assign(stands, { step, call })
    },
    delete(seq) {
      const stands = all.get(seq)
      if (stands !== undefined) drop(stands)
    },
    cut(step) {
      for (const stands of [...all.values()]) if (stands.step >= step) drop(stands)
      all = new Map(all)
      reverted = new Map(reverted)
      order = [...all.keys()]
    },
    isReverted: (seq) => reverted.has(seq),
    newest() {
      for (let i = order.length - 1; i >= 0; i--) {
        const stands = all.get(order[i] ?? 0)
        if (stands !== undefined && stands.reverts === null && !reverted.has(stands.seq)) return stands.seq
      }
      return undefined
    },
    touchedLater(stands) {
      const keys = new Set(stands.keys)
      const later: number[] = []
      for (const other of all.values()) {
        if (!isAfter(other, stands) || other.reverts !== null || reverted.has(other.seq)) continue
        if (other.keys.some((key) => keys.has(key))) later.push(other.seq)
      }
      return later
    },
  }
}

/** Keys by which changes of a module that is not the mutable state can be told apart. */
export function moduleKeys(op: Op): readonly string[] {
  const handle = `${op.module}:${op.id}`
  if (op.op !== 'set_params' && op.op !== 'set') return [handle]
  return Object.keys(op.params ?? {}).map((key) => `${handle}:${key}`)
}

function isAfter(a: Stands, b: Stands): boolean {
  return a.step !== b.step ? a.step > b.step : a.call !== b.call ? a.call > b.call : a.seq > b.seq
}
