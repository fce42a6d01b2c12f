import type { OptionKeys } from '@hotcb/protocol'
import type { Collective } from '../collective.ts'

/** How long a rank waits for the others. */
export interface CollectiveOptions {
  /**
   * Milliseconds of this process's own running time: what passes while all of a training is stopped (ctrl-z, a machine that
   * sleeps) does not count.
   *
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
  /** Asked now and then while a rank is waited for: why it will never come; null while it may. @defaultValue nobody knows */
  readonly gone?: (rank: number) => string | null
}

/** Its keys, to refuse others. */
export const COLLECTIVE_KEYS: OptionKeys<CollectiveOptions> = { timeoutMs: true, gone: true }

/** A collective that can be left. */
export interface RankPort extends Collective {
  /** From here on every call throws with this reason, here and at once on the ranks that wait for this one. */
  giveUp(reason: string): void
  /** The rank that did not come, or was gone, when this one gave up; null where it did not, or for another reason. */
  readonly missed: number | null
  /** Lets go of the files, where there are any. */
  close(): void
}

/** One wait of a rank for another. */
export interface Wait {
  /** Why it is in vain; null while it is not. */
  failure(): string | null
}

const ASK_MS = 50
// Longer than a poll takes: more than this between two of them was not waited, but stopped.
const MOST_MS = 200

/** Starts to wait on `rank` for `from`. */
export function waitFor(from: number, rank: number, { timeoutMs = 30_000, gone }: CollectiveOptions): Wait {
  let waited = 0
  let seen = performance.now()
  let askAt = seen + ASK_MS
  return {
    failure() {
      const now = performance.now()
      waited += Math.min(MOST_MS, now - seen)
      seen = now
      if (waited >= timeoutMs) return `rank ${rank} waited ${timeoutMs / 1000} s for rank ${from}`
      if (gone === undefined || now < askAt) return null
      askAt = now + ASK_MS
      return gone(from)
    },
  }
}
