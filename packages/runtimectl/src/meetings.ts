import { type Ack, createAck } from './ack.ts'
import type { Leader } from './leader.ts'
import type { ControlsPorts } from './ports.ts'
import type { Ranks } from './ranks.ts'

/** The calls of the poll at which all ranks meet. */
export interface Meetings<Context> {
  /** Counts a call of the poll; true if all ranks meet here. */
  arrive(): boolean
  /**
   * Holds the meeting.
   *
   * @param leader Null on ranks above 0.
   * @param everyMs Milliseconds until the next meeting, if the calls keep their pace.
   */
  hold(leader: Leader<Context> | null, ctx: Context, everyMs: number): readonly Ack[]
}

/** Rank 0 announces after how many calls the next meeting is, from the time between two calls. */
export function createMeetings<Context>(ranks: Ranks<Context>, ports: ControlsPorts): Meetings<Context> {
  let last = { at: 0, every: 1 }
  return {
    arrive: ranks.arrive,
    hold(leader, ctx, everyMs) {
      if (leader === null) return follow(ranks, ports, ctx)
      const now = ports.now()
      try {
        return leader.look(now, ctx)
      } finally {
        // In any case, because the others wait for it.
        last = pace(last, now, leader.isBehind ? 0 : everyMs)
        ranks.part(last.every)
      }
    },
  }
}

function follow<Context>(ranks: Ranks<Context>, ports: ControlsPorts, ctx: Context): readonly Ack[] {
  const acks: Ack[] = []
  ranks.follow(ctx, (task, result) => {
    if (!task.again) acks.push(createAck(task.command, ports.wallTime(), result))
  })
  return acks
}

/** The number of calls between meetings, so that about `everyMs` pass; at most doubled each time. */
function pace(
  last: { readonly at: number; readonly every: number },
  now: number,
  everyMs: number,
): { readonly at: number; readonly every: number } {
  const perCall = (now - last.at) / last.every
  const wanted = everyMs > 0 && perCall > 0 ? Math.floor(everyMs / perCall) : 1
  return { at: now, every: Math.max(1, Math.min(wanted, last.every * 2)) }
}
