import { isObject, type Json, type LedgerLine } from '@hotcb/protocol'

/** Which values controls had at a time, from the old values in the lines that changed them. */
export interface ValueHistory {
  take(line: LedgerLine, clock: number): void
  /** The value of a control at this count of computed steps; undefined if it was not changed since, or its value is not one number. */
  before(key: string, clock: number): number | undefined
  snapshot(): Json
  restore(saved: Json): void
}

interface Change {
  readonly key: string
  readonly clock: number
  readonly old: number | null
}

/** The most changes that are remembered. */
const KEPT = 200

export function createValueHistory(): ValueHistory {
  let changes: readonly Change[] = []
  return {
    take({ decision, op, old }, clock) {
      if (decision !== 'applied' || op !== 'set_params' || old === null) return
      const made = Object.entries(old).map(([key, value]) => ({
        key,
        clock,
        old: typeof value === 'number' ? value : null,
      }))
      changes = [...changes, ...made].slice(-KEPT)
    },
    // A load takes changes back. The first one after a checkpoint still says what was in effect when that was saved.
    before: (key, clock) => changes.find((change) => change.key === key && change.clock > clock)?.old ?? undefined,
    snapshot: () => changes.map((one) => ({ ...one })),
    restore(saved) {
      if (!Array.isArray(saved)) return
      changes = saved.flatMap((one: unknown) => {
        if (!isObject(one)) return []
        const { key, clock, old } = one
        const isOne = typeof key === 'string' && typeof clock === 'number'
        return isOne ? [{ key, clock, old: typeof old === 'number' ? old : null }] : []
      })
    },
  }
}
