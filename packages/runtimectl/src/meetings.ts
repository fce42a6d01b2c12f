import { type Ack, createAck } from './ack.ts'
import type { Leader } from './leader.ts'
import type { ControlsPorts } from './ports.ts'
import type { Ranks } from './ranks.ts'

/** Decides at which polls all ranks synchronize. */
export interface Meetings<Context> {
  /** Counts a poll. Returns true if all ranks synchronize at this poll. */
  arrive(): boolean
  /**
   * Synchronizes the ranks and executes the waiting commands.
   *
   * @param leader Null on ranks above 0.
   * @param everyMs The milliseconds until the next synchronization, if the polling rate stays the same.
   */
  hold(leader: Leader<Context> | null, ctx: Context, everyMs: number): readonly Ack[]
}

/**
 * Creates the schedule. Rank 0 measures the time between two polls and announces after how many polls the ranks synchronize next.
 */
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
        // Sent even after an error, because the other ranks are waiting for it.
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

/**
 * Computes the number of polls between two synchronizations, so that they are about `everyMs` apart. The number at most doubles each time.
 */
function pace(
  last: { readonly at: number; readonly every: number },
  now: number,
  everyMs: number,
): { readonly at: number; readonly every: number } {
  const perCall = (now - last.at) / last.every
  const wanted = everyMs > 0 && perCall > 0 ? Math.floor(everyMs / perCall) : 1
  return { at: now, every: Math.max(1, Math.min(wanted, last.every * 2)) }
}
