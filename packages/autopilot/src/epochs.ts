import { isObject, type Json } from '@hotcb/protocol'

/** The length of an epoch, learned from the steps at which the epoch changes. */
export interface Epochs {
  take(step: number, epoch: number | null): void
  /** Returns the number of steps in an epoch. Without epochs, a twentieth of the run, or 100. */
  steps(total: number | null): number
  snapshot(): Json
  restore(saved: Json): void
}

export function createEpochs(): Epochs {
  let known: number | null = null
  let current: number | null = null
  let begunAt: number | null = null
  return {
    take(step, epoch) {
      if (epoch === null || epoch === current) return
      // Only a complete epoch counts: one whose first step was seen and that was not rewound.
      if (current !== null && begunAt !== null && epoch === current + 1 && step > begunAt) known = step - begunAt
      begunAt = current === null && step !== 0 ? null : step
      current = epoch
    },
    steps: (total) => known ?? (total === null ? 100 : Math.min(200, Math.max(40, Math.round(total / 20)))),
    snapshot: () => ({ known, current, begun_at: begunAt }),
    restore(saved) {
      if (!isObject(saved)) return
      const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null)
      known = numberOf(saved['known'])
      current = numberOf(saved['current'])
      begunAt = numberOf(saved['begun_at'])
    },
  }
}
