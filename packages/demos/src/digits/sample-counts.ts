import type { Batch } from './batches.ts'

type Counts = Readonly<Record<string, number>>

/** Counts the images of each source that have moved the weights. */
export interface SampleCounts {
  /** The gradients of a batch have been computed. */
  see(batch: Batch): void
  /** They have moved the weights. */
  settle(): void
  readonly counts: Counts
  /** Restores earlier counts. */
  restore(counts: Counts): void
}

export function createSampleCounts(): SampleCounts {
  let seen: Counts = {}
  let counts: Counts = {}
  return {
    see({ sources = {} }) {
      seen = sources
    },
    settle() {
      const sums: Record<string, number> = { ...counts }
      for (const [name, count] of Object.entries(seen)) sums[name] = (sums[name] ?? 0) + count
      counts = sums
      seen = {}
    },
    get counts() {
      return counts
    },
    restore(given) {
      counts = given
    },
  }
}
