import type { HistoryPlace } from '@hotcb/recipe'
import type { ChangeInForce } from './changes-in-force.ts'

/**
 * Stores changes in columns and finds them by seq. A hundred thousand small objects would slow down the garbage
 * collector.
 */
export interface ChangeRows {
  readonly count: number
  /** Returns the row of a seq; -1 if the change is no longer in force. */
  rowOf(seq: number): number
  isGone(row: number): boolean
  seqAt(row: number): number
  at(row: number): ChangeInForce
  push(stands: Omit<ChangeInForce, 'reverts'>): void
  move(row: number, place: HistoryPlace): void
  drop(row: number): void
}

/** @param revertsOf Returns the seq that the line with this seq reverts; null if it reverts none. */
export function createChangeRows(revertsOf: (seq: number) => number | null): ChangeRows {
  const steps: number[] = []
  const calls: number[] = []
  const afters: boolean[] = []
  const ends: boolean[] = []
  const keysOf: (readonly string[])[] = []
  const seqs: number[] = []
  const shared = new Map<string, readonly string[]>()

  function intern(keys: readonly string[]): readonly string[] {
    const name = keys.length === 1 ? (keys[0] ?? '') : keys.join('\n')
    const known = shared.get(name)
    if (known !== undefined) return known
    shared.set(name, keys)
    return keys
  }

  return {
    get count() {
      return seqs.length
    },
    rowOf(seq) {
      const row = firstAtLeast(seqs, seq)
      return seqs[row] === seq && steps[row] !== GONE ? row : -1
    },
    isGone: (row) => steps[row] === GONE,
    seqAt: (row) => seqs[row] ?? 0,
    at(row) {
      const seq = seqs[row] ?? 0
      return {
        seq,
        step: steps[row] ?? 0,
        call: calls[row] ?? 0,
        after: afters[row] === true,
        end: ends[row] === true,
        keys: keysOf[row] ?? [],
        reverts: revertsOf(seq),
      }
    },
    push({ seq, step, call, after, end, keys }) {
      seqs.push(seq)
      steps.push(step)
      calls.push(call)
      afters.push(after)
      ends.push(end)
      keysOf.push(intern(keys))
    },
    move(row, { step, call, after, end }) {
      steps[row] = step
      calls[row] = call
      afters[row] = after
      ends[row] = end
    },
    drop(row) {
      steps[row] = GONE
    },
  }
}

// Lower than every real step: changes made after a checkpoint load to step 0 have step -1.
const GONE = -2

function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
