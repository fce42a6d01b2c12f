import type { ApplyResult } from '@hotcb/protocol'
import { type Collective, decodeMessage, encode, hasReached, type LoopPlace, type RankMessage } from './collective.ts'
import type { FollowerWork } from './follower-work.ts'
import { IDLE, resultOf } from './results.ts'
import { describeError } from './router.ts'

/** Receives rank 0's messages at the places that rank 0 chose. */
export interface FollowerListening {
  /** The place of rank 0's next messages; null if there will be none. */
  readonly next: LoopPlace | null
  readonly rewound: number | null
  readonly result: ApplyResult
  readonly signal: AbortSignal
  /** Begins a safe point, and clears the state of an earlier checkpoint load. */
  begin(): void
  /** Receives the messages if this is the place that rank 0 chose. */
  listenAt(place: LoopPlace): void
  /** Executes rank 0's messages up to and including the last one. */
  listen(): void
}

/** @param tell Delivers the events of this safe point to the modules, if that has not happened yet. */
export function createFollowerListening(
  port: Collective,
  work: FollowerWork,
  { tell, note }: { readonly tell: () => void; readonly note: (message: string) => void },
): FollowerListening {
  const abort = new AbortController()
  let next: LoopPlace | null = { step: Number.NEGATIVE_INFINITY, call: 0 }
  let condition = { ...IDLE }

  function listen(): void {
    try {
      let isOver = false
      while (!isOver) isOver = hear(decodeMessage(port.broadcast(null)))
    } catch (error) {
      lose(describeError(error).message)
    }
  }

  /** True if rank 0 has sent its last message. */
  function hear(message: RankMessage): boolean {
    if (message.kind !== 'undo') work.settle()
    if (message.kind === 'end') return endAt(message)
    if (message.kind === 'events') {
      tell()
      return false
    }
    const reply = work.act(message)
    if (reply !== null) port.allGather(encode(reply))
    return false
  }

  /** False while paused: rank 0 will send more. */
  function endAt(message: Extract<RankMessage, { kind: 'end' }>): boolean {
    const { paused, stop, rewound } = message
    next = message.next
    if (next !== null) port.allGather(encode({ ok: true }))
    condition = { ...condition, paused, stop, rewound }
    if (stop && !abort.signal.aborted) abort.abort('stopped by command')
    return !paused
  }

  function lose(why: string): void {
    next = null
    // Rank 0 is lost, so nothing could end a pause.
    condition = { ...condition, paused: false }
    const undone = work.undoLast()
    const stuck = undone.ok ? '' : `; rank ${port.rank}: ${undone.error}`
    note(`rank ${port.rank}: the ranks cannot be reached, so no more changes are made here: ${why}${stuck}`)
  }

  return {
    get next() {
      return next
    },
    get rewound() {
      return condition.rewound
    },
    get result() {
      return resultOf(condition)
    },
    signal: abort.signal,
    begin() {
      if (condition.rewound !== null) condition = { ...condition, rewound: null }
    },
    listenAt(place) {
      if (next !== null && hasReached(place, next)) listen()
    },
    listen,
  }
}
