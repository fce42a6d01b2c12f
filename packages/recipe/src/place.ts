import { type LedgerLine, readAttempt } from '@hotcb/protocol'

/** A place in a run. */
export interface HistoryPlace {
  /** -1, with `end`, is before step 0. */
  readonly step: number
  /** Which `apply` of that step; 0 if another kernel did not record it. */
  readonly call: number
  /** Decided after the modules had received the events of that call. */
  readonly after: boolean
  /** Decided after a checkpoint load: it follows everything else of its step. */
  readonly end: boolean
}

/** The order of places in a run. */
export function comparePlaces(a: HistoryPlace, b: HistoryPlace): number {
  return a.step - b.step || Number(a.end) - Number(b.end) || a.call - b.call || Number(a.after) - Number(b.after)
}

/** The order of history: by place, then by seq. */
export function compareEntries(
  a: HistoryPlace & { readonly seq: number },
  b: HistoryPlace & { readonly seq: number },
): number {
  return comparePlaces(a, b) || a.seq - b.seq
}

/** A place in the ledger that cuts earlier lines. */
export interface Seam {
  readonly step: number
  /** `end` entries of the step before it are cut above this seq; null: they all stay. */
  readonly endSeq: number | null
}

/** The cut that a ledger line makes; null if it makes none. */
export function seamOf(line: Pick<LedgerLine, 'module' | 'op' | 'decision' | 'payload'>): Seam | null {
  if (readAttempt(line) === null) return null
  const { cut, step, seq } = line.payload ?? {}
  if (cut !== true || typeof step !== 'number') return null
  return { step, endSeq: typeof seq === 'number' ? seq : null }
}

/** Whether a seam cuts an earlier decision at a place. */
export function isCut(
  { step, end, seq }: { readonly step: number; readonly end: boolean; readonly seq: number },
  seam: Seam,
): boolean {
  if (step >= seam.step) return true
  return end && step === seam.step - 1 && seam.endSeq !== null && seq > seam.endSeq
}
