import type { LedgerLine, ShownMetrics } from '@hotcb/protocol'

/** Measures how long a save delayed the training run, based on the wall times of the records around it. */
export interface SaveCost {
  /** Records that a save was requested. */
  asked(): void
  /** Records that this ledger line answered the save. */
  answered(line: LedgerLine): void
  watch(records: readonly ShownMetrics[]): void
  /** Returns the duration of the last save in milliseconds, once; null while unknown. */
  take(): number | null
}

interface Gap {
  /** The steps of the records before and after it. */
  readonly from: number
  readonly to: number
  /** How many milliseconds longer than usual it was. */
  readonly overMs: number
}

/** The maximum number of gaps to keep while a save is unanswered. */
const MOST_GAPS = 1000

/** A gap counts as at most this many usual gaps, because the time between two starts of a run is not the duration of a step. */
const MOST_UNUSUAL = 4

export function createSaveCost(): SaveCost {
  let last: { readonly step: number; readonly ms: number } | undefined
  let usualMs: number | undefined
  let gaps: Gap[] = []
  let isWaiting = false
  // The first step after the checkpoint: it was saved between the previous step and this one.
  let savedAt: number | null = null

  function see(step: number, ms: number): void {
    const before = last
    if (before !== undefined && step === before.step) return
    last = { step, ms }
    // After a rewind, there is no previous record to compare with.
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
