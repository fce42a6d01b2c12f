import type { MetricRecord } from '@hotcb/protocol'

/** A bounded number of the most recent records. Adding is cheap; objects are created only when records are read. */
export class RecentRecords {
  readonly #slots: Slot[] = []
  readonly #capacity: number
  #next = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Keeps a record; `names` and `values` must not change afterwards. */
  add(slot: Slot): void {
    if (this.#capacity === 0) return
    this.#slots[this.#next] = slot
    this.#next = this.#next + 1 === this.#capacity ? 0 : this.#next + 1
  }

  /** Returns the last `count` records, oldest first; all of them if `count` is not given. */
  tail(count: number = this.#capacity): MetricRecord[] {
    const held = this.#slots.length
    const wanted = Math.max(0, Math.min(Math.trunc(count), held))
    const records: MetricRecord[] = []
    for (let back = wanted; back > 0; back--) {
      const slot = this.#slots[(this.#next - back + held) % held]
      if (slot !== undefined) records.push(toRecord(slot))
    }
    return records
  }
}

/** One record, with its values in the order of its names. */
export interface Slot {
  readonly step: number
  readonly epoch: number | null
  readonly wallTime: number
  readonly names: readonly string[]
  readonly values: readonly number[]
}

function toRecord(slot: Slot): MetricRecord {
  const metrics: [string, number | null][] = slot.names.map((name, at) => {
    const value = slot.values[at] ?? Number.NaN
    return [name, Number.isFinite(value) ? value : null]
  })
  return { step: slot.step, epoch: slot.epoch, wall_time: slot.wallTime, metrics: Object.fromEntries(metrics) }
}
