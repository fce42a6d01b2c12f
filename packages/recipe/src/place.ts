import { type LedgerLine, readAttempt } from '@hotcb/protocol'

/** A place in a run. */
export interface HistoryPlace {
  /** The step; -1 together with `end` means before step 0. */
  readonly step: number
  /** The index of the `apply` call within the step; 0 if another kernel did not record it. */
  readonly call: number
  /** Whether it was decided after the modules had received the events of that call. */
  readonly after: boolean
  /** Whether it was decided after a checkpoint load, and therefore comes after everything else in its step. */
  readonly end: boolean
}

/** Compares two places in a run, for sorting. */
export function comparePlaces(a: HistoryPlace, b: HistoryPlace): number {
  return a.step - b.step || Number(a.end) - Number(b.end) || a.call - b.call || Number(a.after) - Number(b.after)
}

/** Compares two entries of a history, for sorting: by place, then by seq. */
export function compareEntries(
  a: HistoryPlace & { readonly seq: number },
  b: HistoryPlace & { readonly seq: number },
): number {
  return comparePlaces(a, b) || a.seq - b.seq
}

/** A return to an earlier step. It cuts the earlier lines at or after that step from history. */
export interface Seam {
  readonly step: number
  /** `end` entries of the step before it are cut if their seq is above this one; null if all of them are kept. */
  readonly endSeq: number | null
}

/** Returns the cut that a ledger line makes; null if it makes none. */
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
