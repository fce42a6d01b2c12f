import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'

/** How long a save held up the training, by the wall times of the records around it. */
export interface SaveCost {
  /** A save was requested. */
  asked(): void
  /** Its line in the ledger. */
  answered(line: LedgerLine): void
  watch(records: readonly ShownMetrics[]): void
  /** Milliseconds of the last save, once; null while they are unknown. */
  take(): number | null
}

interface Gap {
  /** The steps of the records before and after it. */
  readonly from: number
  readonly to: number
  /** How much longer than usual it was. */
  readonly overMs: number
}

/** The most gaps that are kept while a save is not answered. */
const MOST_GAPS = 1000

/** A gap counts as at most this many usual ones: the night between two starts is not a step. */
const MOST_UNUSUAL = 4

export function createSaveCost(): SaveCost {
  let last: { readonly step: number; readonly ms: number } | undefined
  let usualMs: number | undefined
  let gaps: Gap[] = []
  let isWaiting = false
  // The next step to train of the checkpoint: it was saved between the step before and this one.
  let savedAt: number | null = null

  function see(step: number, ms: number): void {
    const before = last
    if (before !== undefined && step === before.step) return
    last = { step, ms }
    // After a rewind there is nothing to compare with.
    if (before === undefined || step < before.step) return
    const steps = step - before.step
    const gapMs = ms - before.ms
    const perStep = gapMs / steps
    usualMs ??= perStep
    if (isWaiting) {
      gaps.push({ from: before.step, to: step, overMs: gapMs - usualMs * steps })
      if (gaps.length > MOST_GAPS) gaps.shift()
    } else usualMs += (Math.min(perStep, MOST_UNUSUAL * usualMs) - usualMs) / 16
  }

  return {
    asked() {
      isWaiting = true
      savedAt = null
      gaps = []
    },
    answered({ decision, payload }) {
      const step = payload?.['step']
      if (decision === 'applied' && typeof step === 'number') savedAt = step
      else isWaiting = false
    },
    watch(records) {
      for (const { step, wallTime } of records) if (wallTime !== null) see(step, wallTime * 1000)
    },
    take() {
      if (savedAt === null || last === undefined || last.step < savedAt) return null
      const at = savedAt
      savedAt = null
      isWaiting = false
      // A record may be written before or after the save of its step.
      const around = gaps.filter(({ from, to }) => from < at && to >= at - 1)
      return Math.max(0, ...around.map(({ overMs }) => overMs))
    },
  }
}
