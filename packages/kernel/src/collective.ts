import type { Channel, JsonObject, Op } from '@hotcb/protocol'

/**
 * The communication between the ranks of one training run. Both calls block until every rank has made them, and throw
 * when a rank does not respond.
 */
export interface Collective {
  readonly rank: number
  readonly worldSize: number
  /** Returns rank 0's message on every rank; all other ranks pass null. */
  broadcast(text: string | null): string
  /** Returns every rank's message, in rank order. */
  allGather(text: string): readonly string[]
}

/**
 * A place in the loop: the beginning of the `call`-th `apply` in a step, or the end of that `apply`, after events and
 * saves.
 */
export interface LoopPlace {
  readonly step: number
  readonly call: number
  readonly end?: boolean
}

/**
 * A message from rank 0 to the other ranks. Rank 0 sends any number of messages at a safe point that it chose in
 * advance; the last one is `end`.
 */
export type RankMessage =
  | {
      readonly kind: 'op'
      readonly op: Op
      readonly channel: Channel
      readonly step: number
      readonly total: number | null
    }
  /** The last op failed on some rank: ranks on which it succeeded must revert it. */
  | { readonly kind: 'undo' }
  | { readonly kind: 'load'; readonly tag: string }
  /** The modules must receive the events of this safe point now. */
  | { readonly kind: 'events' }
  /** The state before `step`, after a restart or a loaded checkpoint. */
  | {
      readonly kind: 'restore'
      readonly step: number
      readonly total: number | null
      readonly stream: readonly { readonly op: Op; readonly step: number }[]
      readonly modules: readonly { readonly op: Op; readonly step: number }[]
      /** Private state of the modules. It is restored after the ops in `modules` and before those in `modulesAfter`. */
      readonly snapshot: JsonObject | null
      readonly modulesAfter: readonly { readonly op: Op; readonly step: number }[]
      readonly isReset: boolean
    }
  | {
      readonly kind: 'end'
      /** The place of the next messages; null if there will be none. */
      readonly next: LoopPlace | null
      readonly paused: boolean
      readonly stop: boolean
      readonly rewound: number | null
    }

/** The reply of one rank to a message. */
export type RankReply =
  | { readonly ok: true }
  /** `broken` are controls that could not be restored there, and are disabled. */
  | { readonly ok: false; readonly error: string; readonly broken?: readonly string[] }

export function encode(message: RankMessage | RankReply): string {
  return JSON.stringify(message)
}

export function decodeMessage(text: string): RankMessage {
  // Rank 0 runs the same code.
  return JSON.parse(text) as RankMessage
}

export function decodeReply(text: string): RankReply {
  // Every rank runs the same code.
  return JSON.parse(text) as RankReply
}

/** Whether the loop has reached a place. */
export function hasReached(at: LoopPlace, place: LoopPlace): boolean {
  if (at.step !== place.step) return at.step > place.step
  if (at.call !== place.call) return at.call > place.call
  return place.end !== true || at.end === true
}
