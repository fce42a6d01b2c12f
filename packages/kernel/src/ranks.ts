import { type Channel, messageOf, type Op, type Outcome } from '@hotcb/protocol'
import {
  type Collective,
  decodeReply,
  encode,
  hasReached,
  type LoopPlace,
  type RankMessage,
  type RankReply,
} from './collective.ts'
import { type PutBackPlace, putBack } from './put-back.ts'

/** Rank 0's side of a training run on several ranks. Rank 0 decides, and all ranks apply the same changes. */
export interface Ranks {
  /** Whether this is a place where all ranks synchronize. Between these places no rank reads anything. */
  isDue(at: LoopPlace): boolean
  readonly worldSize: number
  /** Why the ranks can no longer be reached: no more commands are accepted, and training continues. */
  readonly lost: string | null
  /** Executes an op on all ranks, or on none: if one fails, the others revert it. */
  apply(
    op: Op,
    channel: Channel,
    at: { readonly step: number; readonly total: number | null },
    here: PutBackPlace,
  ): RanksOutcome
  /** Delivers the events of this safe point to the modules of all other ranks now. */
  notifyModules(): void
  /** Makes all other ranks load a checkpoint; returns one line for each that could not. */
  load(tag: string): readonly string[]
  restore(message: Omit<Extract<RankMessage, { kind: 'restore' }>, 'kind'>): void
  /** Ends the exchange at this place, and announces the place of the next one. */
  end(message: Omit<Extract<RankMessage, { kind: 'end' }>, 'kind'>): void
}

/**
 * An outcome in which `ranks` lists the ranks on which the op failed, or none if it failed in the same way on all
 * ranks.
 */
export type RanksOutcome = Outcome & {
  /** Controls that other ranks could not restore. */
  readonly broken?: readonly string[]
}

/** @throws RangeError when this is not rank 0. */
export function createRanks(port: Collective): Ranks {
  if (port.rank !== 0) throw new RangeError(`only rank 0 can lead, got rank ${port.rank}`)
  let next: LoopPlace | null = { step: Number.NEGATIVE_INFINITY, call: 0 }
  let lost: string | null = null

  function tell(message: RankMessage): void {
    if (lost !== null) return
    try {
      port.broadcast(encode(message))
    } catch (error) {
      lost = messageOf(error)
    }
  }

  function ask(mine: RankReply): readonly RankReply[] {
    if (lost !== null) return [mine]
    try {
      return port.allGather(encode(mine)).map(decodeReply)
    } catch (error) {
      lost = messageOf(error)
      return [mine]
    }
  }

  return {
    worldSize: port.worldSize,
    isDue: (at) => lost === null && next !== null && hasReached(at, next),
    get lost() {
      return lost
    },
    apply(op, channel, { step, total }, here) {
      tell({ kind: 'op', op, channel, step, total })
      const outcome = here.route(op)
      const replies = ask(outcome.ok ? { ok: true } : { ok: false, error: outcome.error })
      const putBackHere = (): RankReply => putBack(op, outcome, here)
      if (lost !== null) return unreached(putBackHere(), lost)
      const failed = replies.flatMap((reply, rank) => (reply.ok ? [] : [{ rank, error: reply.error }]))
      if (failed.length === 0) return outcome
      // If the op failed on every rank, it failed in the same way on all of them.
      if (failed.length === port.worldSize && !outcome.ok) return { ...outcome, broken: brokenOf(replies) }
      tell({ kind: 'undo' })
      const undone = ask(putBackHere())
      const stuck = undone.flatMap((reply, rank) => (reply.ok ? [] : [`rank ${rank}: ${reply.error}`]))
      const error = [...failed.map((one) => `rank ${one.rank}: ${one.error}`), ...stuck].join('; ')
      return { ok: false, error, ranks: failed.map((one) => one.rank), broken: brokenOf([...replies, ...undone]) }
    },
    notifyModules: () => tell({ kind: 'events' }),
    load(tag) {
      tell({ kind: 'load', tag })
      return ask({ ok: true }).flatMap((reply, rank) => (reply.ok ? [] : [`rank ${rank}: ${reply.error}`]))
    },
    restore: (message) => tell({ kind: 'restore', ...message }),
    end(message) {
      next = message.next
      tell({ kind: 'end', ...message })
      // All ranks answer, so that a lost rank is detected here and not when it is needed.
      if (message.next !== null) ask({ ok: true })
    },
  }
}

function brokenOf(replies: readonly RankReply[]): readonly string[] {
  return [...new Set(replies.flatMap((reply) => (reply.ok ? [] : (reply.broken ?? []))))]
}

// The outcome on the other ranks is unknown. Rank 0 reverts the op, and the others revert it when rank 0 stops
// responding.
function unreached(put: RankReply, lost: string): Outcome {
  return { ok: false, error: `the ranks cannot be reached: ${lost}${put.ok ? '' : `; rank 0: ${put.error}`}` }
}
