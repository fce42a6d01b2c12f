import type { Ask } from './ask.ts'

/** The ledger line that is being decided. */
export interface PendingDecision {
  /** The seq that it will have. */
  readonly seq: number
  readonly cid: string | null
  readonly writer: string | null
  readonly offset: number | null
}

/**
 * Tracks the ask that is being decided. Before the line is written, a remote setter uses this information to identify
 * the decision that its call belongs to.
 */
export interface DecidingWatch {
  /** The line being decided; null between decisions. */
  readonly now: PendingDecision | null
  begin(ask: Ask): void
  end(): void
}

/** @param seqOf Returns the seq of the last line. */
export function createDeciding(seqOf: () => number): DecidingWatch {
  let ask: Ask | null = null
  return {
    get now() {
      return ask === null ? null : { seq: seqOf() + 1, cid: ask.cid, writer: ask.writer, offset: ask.offset }
    },
    begin(next) {
      ask = next
    },
    end() {
      ask = null
    },
  }
}
