import type { TrialTable } from './trial-table.ts'

/** The trials of a table in two groups, as ascending slots, with marks by slot: 1 good, 2 bad, 0 neither. */
export interface Split {
  readonly good: Int32Array
  readonly bad: Int32Array
  readonly isGood: Uint8Array
  readonly isBad: Uint8Array
}

/**
 * Splits trials into the `goodCount` best ones and the others (Bergstra et al. 2011, section 4).
 *
 * With `liar`, trials that are still running count as bad, so that a concurrent trial stays away from them: the constant liar from
 * Ginsbourger et al. 2010 with the worst lie. A trial without a value or a report is never good. With `among`, only slots with a 1 in it
 * are split.
 */
export function splitTrials(table: TrialTable, goodCount: number, liar: boolean, among?: Uint8Array): Split {
  const isGood = new Uint8Array(table.size)
  const isBad = new Uint8Array(table.size)
  const good = new Int32Array(markBest(table, goodCount, isGood, among))
  const bad = new Int32Array(table.size)
  let goods = 0
  let bads = 0
  for (let slot = 0; slot < table.size; slot++) {
    if (among !== undefined && among[slot] !== 1) continue
    if (isGood[slot] === 1) {
      good[goods++] = slot
    } else if (table.isRunning(slot) ? liar : !table.ignored[slot]) {
      isBad[slot] = 1
      bad[bads++] = slot
    }
  }
  return { good, bad: bad.subarray(0, bads), isGood, isBad }
}

/** Marks the best trials and returns their number. */
function markBest(table: TrialTable, most: number, marks: Uint8Array, among: Uint8Array | undefined): number {
  let marked = 0
  for (let i = 0; i < table.useful && marked < most; i++) {
    const slot = table.ranked[i] ?? 0
    if (among !== undefined && among[slot] !== 1) continue
    marks[slot] = 1
    marked += 1
  }
  return marked
}
