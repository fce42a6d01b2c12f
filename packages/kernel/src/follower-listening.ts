import type { ApplyResult } from '@hotcb/protocol'
import { type Collective, decodeMessage, encode, hasReached, type LoopPlace, type RankMessage } from './collective.ts'
import type { FollowerWork } from './follower-work.ts'
import { IDLE, resultOf } from './results.ts'
import { describeError } from './router.ts'

/** A rank that listens to rank 0, at the places that rank 0 chose. */
export interface FollowerListening {
  /** Where rank 0 will speak next; null where it says no more. */
  readonly next: LoopPlace | null
  readonly rewound: number | null
  readonly result: ApplyResult
  readonly signal: AbortSignal
  /** A safe point begins: what a load said before is over. */
  begin(): void
  /** Listens, where this is a place that rank 0 chose. */
  listenAt(place: LoopPlace): void
  /** Does what rank 0 says, until it has said all. */
  listen(): void
}

/** @param tell Has the modules hear the events of this safe point, if they have not. */
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

  /** True where rank 0 has said all. */
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

  /** False while paused: rank 0 goes on to speak. */
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
    // Nobody could end it any more.
    condition = { ...condition, paused: false }
    const undone = work.undoLast()
    const stuck = undone.ok ? '' : `; rank ${port.rank}: ${undone.error}`
    note(`rank ${port.rank}: the ranks cannot be reached, no more changes are made here: ${why}${stuck}`)
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
