import type { LedgerLine } from '@hotcb/protocol'

/** Measures how long the trainer waits for an autopilot checkpoint. */
export interface SaveStopwatch {
  /** Starts the measurement. It is called when the kernel requests this module's state, at the beginning of a save. */
  begin(): void
  /** Ends the measurement with the save's ledger line. */
  take(line: LedgerLine): void
  /** Returns the duration of the last save in milliseconds, once; null if there has been no save since the last call. */
  read(): number | null
}

/** Creates a stopwatch. Without a clock it measures nothing. */
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
