import type { OptionKeys } from '@hotcb/protocol'
import type { Collective } from '../collective.ts'

/** How long a rank waits for the others. */
export interface CollectiveOptions {
  /**
   * Milliseconds of this process's running time: time during which the whole training run is stopped (ctrl-z, a machine
   * that sleeps) does not count.
   *
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
  /**
   * Called now and then while waiting for a rank: returns why it will never respond; null while it may. @defaultValue
   * unknown
   */
  readonly gone?: (rank: number) => string | null
}

/** Its keys, to reject others. */
export const COLLECTIVE_KEYS: OptionKeys<CollectiveOptions> = { timeoutMs: true, gone: true }

/** A collective that can be left. */
export interface RankPort extends Collective {
  /** From now on every call throws with this reason, here and immediately on the ranks that wait for this one. */
  giveUp(reason: string): void
  /**
   * The rank that did not respond, or was gone, when this one gave up; null if it did not give up, or for another
   * reason.
   */
  readonly missed: number | null
  /** Closes the files, if there are any. */
  close(): void
}

/** One wait of a rank for another. */
export interface Wait {
  /** Why the wait is pointless; null while it is not. */
  failure(): string | null
}

const ASK_MS = 50
// Longer than a poll takes: a longer gap between two polls means that the process was stopped.
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
