import type { LedgerLine } from '@hotcb/protocol'

/** Measures how long the trainer waits for a checkpoint of the autopilot. */
export interface SaveStopwatch {
  /** The kernel asks for the state of this module: that is how a save begins. */
  begin(): void
  /** The line of the ledger that ends it. */
  take(line: LedgerLine): void
  /** Milliseconds of the last save, once; null if there was none since. */
  read(): number | null
}

/** Without a clock nothing is measured. */
export function createSaveStopwatch(clock: (() => number) | undefined): SaveStopwatch {
  let startedAt: number | null = null
  let tookMs: number | null = null
  return {
    begin() {
      startedAt = clock?.() ?? null
    },
    take({ module, op, source, params }) {
      const isOwnSave =
        module === 'core' && op === 'checkpoint' && source === 'autopilot' && params?.['action'] === 'save'
      if (!isOwnSave || clock === undefined || startedAt === null) return
      tookMs = Math.max(tookMs ?? 0, clock() - startedAt)
      startedAt = null
    },
    read() {
      const took = tookMs
      tookMs = null
      return took
    },
  }
}
