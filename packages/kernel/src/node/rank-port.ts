import type { OptionKeys } from '@hotcb/protocol'
import type { Collective } from '../collective.ts'

/** How long a rank waits for the others. */
export interface CollectiveOptions {
  /**
   * The timeout in milliseconds of this process's running time. Time during which the whole training run is suspended
   * (ctrl-z, a sleeping machine) does not count.
   *
   * @defaultValue 30000
   */
  readonly timeoutMs?: number
  /**
   * Called repeatedly while waiting for a rank. Returns why the rank will never respond; null while it still may.
   * @defaultValue only the timeout
   */
  readonly gone?: (rank: number) => string | null
}

/** The keys of these options, to reject others. */
export const COLLECTIVE_KEYS: OptionKeys<CollectiveOptions> = { timeoutMs: true, gone: true }

/** A collective that a rank can leave. */
export interface RankPort extends Collective {
  /** Makes every later call throw with this reason, on this rank and on the ranks that are waiting for it. */
  giveUp(reason: string): void
  /**
   * The rank that did not respond, or had exited, when this rank gave up. Null if this rank has not given up, or gave
   * up for another reason.
   */
  readonly missed: number | null
  /** Closes the files, if there are any. */
  close(): void
}

/** A single wait of one rank for another. */
export interface Wait {
  /** Returns why the wait cannot succeed; null while it still may. */
  failure(): string | null
}

const ASK_MS = 50
// Two polls in a running process are always closer together than this. A longer gap means that the process was
// suspended.
const MOST_MS = 200

/** Starts a wait of rank `rank` for a message from rank `from`. */
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
