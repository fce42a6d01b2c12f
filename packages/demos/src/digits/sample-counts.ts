import type { Batch } from './batches.ts'

type Counts = Readonly<Record<string, number>>

/** Counts the images from each source that were used to update the weights. */
export interface SampleCounts {
  /** Records that the gradients of a batch have been computed. */
  see(batch: Batch): void
  /** Records that these gradients have updated the weights. */
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
