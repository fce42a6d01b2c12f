import type { Channel, JsonObject, Op } from '@hotcb/protocol'

/**
 * How the ranks of one training speak to each other. Both calls block until every rank has made them, and throw when
 * one of them does not come.
 */
export interface Collective {
  readonly rank: number
  readonly worldSize: number
  /** Rank 0's text, on every rank; the others give null. */
  broadcast(text: string | null): string
  /** Every rank's text, in order of ranks. */
  allGather(text: string): readonly string[]
}

/** A place in the loop: the beginning of the `call`-th `apply` of a step, or its end, after events and saves. */
export interface LoopPlace {
  readonly step: number
  readonly call: number
  readonly end?: boolean
}

/** What rank 0 tells the others at a safe point that it chose before: any number of messages, and the last is `end`. */
export type RankMessage =
  | {
      readonly kind: 'op'
      readonly op: Op
      readonly channel: Channel
      readonly step: number
      readonly total: number | null
    }
  /** The last op failed on some rank: those on which it did not put back what was. */
  | { readonly kind: 'undo' }
  | { readonly kind: 'load'; readonly tag: string }
  /** The modules hear the events of this safe point now. */
  | { readonly kind: 'events' }
  /** What stands before `step`, after a restart or a loaded checkpoint. */
  | {
      readonly kind: 'restore'
      readonly step: number
      readonly total: number | null
      readonly stream: readonly { readonly op: Op; readonly step: number }[]
      readonly modules: readonly { readonly op: Op; readonly step: number }[]
      /** Private state of the modules, put back between `modules` and `modulesAfter`. */
      readonly snapshot: JsonObject | null
      readonly modulesAfter: readonly { readonly op: Op; readonly step: number }[]
      readonly isReset: boolean
    }
  | {
      readonly kind: 'end'
      /** Where the next messages will be; null when there will be none. */
      readonly next: LoopPlace | null
      readonly paused: boolean
      readonly stop: boolean
      readonly rewound: number | null
    }

/** What became of a message on one rank. */
export type RankReply =
  | { readonly ok: true }
  /** `broken` are controls that could not be put back there, and are disabled. */
  | { readonly ok: false; readonly error: string; readonly broken?: readonly string[] }

export function encode(message: RankMessage | RankReply): string {
  return JSON.stringify(message)
}

export function decodeMessage(text: string): RankMessage {
  // Rank 0 is this same code.
  return JSON.parse(text) as RankMessage
}

export function decodeReply(text: string): RankReply {
  // Every rank is this same code.
  return JSON.parse(text) as RankReply
}

/** Whether a loop has come to a place. */
export function hasReached(at: LoopPlace, place: LoopPlace): boolean {
  if (at.step !== place.step) return at.step > place.step
  if (at.call !== place.call) return at.call > place.call
  return place.end !== true || at.end === true
}
