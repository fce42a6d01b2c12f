import type { Axis } from './axis.ts'
import type { StudyDirection, Trial } from './trial.ts'
import { compareRanks, FAILED, type Rank, rankOf } from './trial-rank.ts'

/**
 * The trials that have one group of parameters, stored so that `ask` is cheap.
 *
 * A trial has a slot, assigned in trial-number order. Coordinates are stored in one array per axis. For each
 * ordered axis, the slots are kept sorted by coordinate. Trials that are no longer running are kept sorted from best to worst.
 * Each trial costs a binary search and a shift in each of these lists. Memory is linear.
 */
export class TrialTable {
  readonly axes: readonly Axis[]
  readonly #direction: StudyDirection
  readonly #slots = new Map<number, number>()
  readonly #ranks: (Rank | undefined)[] = []
  /** For each axis, the coordinates by slot. */
  readonly columns: Float64Array[]
  /** For each axis, the slots in the order of their coordinates; empty for axes without order. */
  readonly sorted: Int32Array[]
  /** The slots of trials that have ended, best first. */
  readonly ranked: number[] = []
  /** By slot, true for a trial that is left out of every model. */
  readonly ignored: boolean[] = []
  #size = 0
  #useful = 0

  constructor(axes: readonly Axis[], direction: StudyDirection) {
    this.axes = axes
    this.#direction = direction
    this.columns = axes.map(() => new Float64Array(0))
    this.sorted = axes.map(() => new Int32Array(0))
  }

  /** The number of slots. */
  get size(): number {
    return this.#size
  }

  /** The number of trials in `ranked` that have a value or a report. They come first. */
  get useful(): number {
    return this.#useful
  }

  /** Returns the value of a trial that has ended; NaN if it had none. */
  value(slot: number): number {
    const rank = this.#ranks[slot]
    return rank !== undefined && rank.tier === 0 ? rank.value : Number.NaN
  }

  /** True if the trial has not ended. */
  isRunning(slot: number): boolean {
    return this.#ranks[slot] === undefined
  }

  /** Assigns the next slot to a trial; `coordinates` has one entry per axis. */
  begin(number: number, coordinates: ArrayLike<number>): void {
    const slot = this.#size++
    this.#slots.set(number, slot)
    this.#ranks.push(undefined)
    this.ignored.push(false)
    this.#grow()
    for (const [d, column] of this.columns.entries()) {
      column[slot] = coordinates[d] ?? Number.NaN
      if (this.axes[d]?.nominal === false) this.#insert(d, slot)
    }
  }

  /**
   * Ranks a trial that has ended: complete trials first, then pruned trials by their last step, then trials that violate a constraint by
   * the size of the violation, then failed trials.
   */
  finish(trial: Trial, ignore: boolean): void {
    const slot = this.#slots.get(trial.number)
    if (slot === undefined) throw new Error(`unreachable: trial ${trial.number} has not started`)
    this.#ranks[slot] = rankOf(trial)
    this.ignored[slot] = ignore
    if (ignore) return
    this.ranked.splice(this.#place(slot), 0, slot)
    if (rankOf(trial).tier < FAILED) this.#useful += 1
  }

  #place(slot: number): number {
    let low = 0
    let high = this.ranked.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(this.ranked[middle] ?? 0, slot) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(a: number, b: number): number {
    const [x, y] = [this.#ranks[a], this.#ranks[b]]
    if (x === undefined || y === undefined) throw new Error('unreachable: a running trial has no rank')
    return compareRanks(x, y, this.#direction) || a - b
  }

  #insert(d: number, slot: number): void {
    const [order, column] = [this.sorted[d], this.columns[d]]
    if (order === undefined || column === undefined) return
    const coordinate = column[slot] ?? 0
    let low = 0
    let high = slot
    while (low < high) {
      const middle = (low + high) >> 1
      if ((column[order[middle] ?? 0] ?? 0) <= coordinate) low = middle + 1
      else high = middle
    }
    order.copyWithin(low + 1, low, slot)
    order[low] = slot
  }

  #grow(): void {
    if (this.#size <= (this.columns[0]?.length ?? Infinity)) return
    const capacity = Math.max(16, 2 * this.#size)
    for (let d = 0; d < this.axes.length; d++) {
      const column = new Float64Array(capacity)
      column.set(this.columns[d] ?? [])
      this.columns[d] = column
      const order = new Int32Array(capacity)
      order.set(this.sorted[d] ?? [])
      this.sorted[d] = order
    }
  }
}
