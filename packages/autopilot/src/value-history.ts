import { isObject, type Json, type LedgerLine } from '@hotcb/protocol'

/** Earlier control values, taken from the old values in the lines that changed them. */
export interface ValueHistory {
  take(line: LedgerLine, clock: number): void
  /**
   * Returns a control's value at this count of computed steps; undefined if it has not been changed since, or if its value is not a single
   * number.
   */
  before(key: string, clock: number): number | undefined
  snapshot(): Json
  restore(saved: Json): void
}

interface Change {
  readonly key: string
  readonly clock: number
  readonly old: number | null
}

/** The maximum number of changes to remember. */
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
    // Loading a checkpoint undoes changes. The first change after a checkpoint still contains the value that was in effect when the
    // checkpoint was saved.
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
