import { isObject, messageOf, type Result } from '@hotcb/protocol'
import type { CallResult } from './ack.ts'
import type { Collective } from './collective.ts'
import { type Done, prepare, type Refused, run } from './perform.ts'
import type { Registry } from './registry.ts'
import type { Task } from './task.ts'
import { formatWire, wireOrNull } from './wire.ts'

/** What all ranks do together: the same commands, in the same order, at the same call of the poll. */
export interface Ranks<Context> {
  /** Counts a call of the poll; true where all ranks meet. Between them no rank looks at anything. */
  arrive(): boolean
  /** On rank 0: has all ranks do a task. */
  lead(task: Task, ctx: Context): CallResult
  /** On rank 0: ends the meeting; the next one is so many calls later. */
  part(calls: number): void
  /** On the others: does what rank 0 says until it ends the meeting. */
  follow(ctx: Context, done: (task: Task, result: CallResult) => void): void
  /** The ranks cannot be reached any more: nothing is done from here on. */
  readonly isLost: boolean
}

/** `note` is told once when the ranks are lost. */
export function createRanks<Context>(
  port: Collective,
  registry: Registry<Context>,
  parse: (text: string) => Result<unknown>,
  note: (message: string) => void,
): Ranks<Context> {
  let calls = 0
  let next = 1
  let isLost = false

  function lose(error: unknown): string {
    const reason = `the ranks cannot be reached: ${messageOf(error)}`
    if (!isLost) note(`${reason}; no more commands are applied, and training goes on`)
    isLost = true
    return reason
  }

  return {
    get isLost() {
      return isLost
    },
    arrive() {
      calls++
      return !isLost && calls >= next
    },
    lead(task, ctx) {
      const message = wireOrNull({ task })
      if (message === null) return { status: 'rejected', error: 'the command cannot be told to the other ranks' }
      try {
        port.broadcast(message)
        return together(port, registry, task, ctx)
      } catch (error) {
        return { status: 'failed', error: lose(error) }
      }
    },
    part(count) {
      next = calls + count
      try {
        port.broadcast(formatWire({ next }))
        // So that a rank that is gone is missed here, and not when it is needed.
        gather(port, { ok: true })
      } catch (error) {
        lose(error)
      }
    },
    follow(ctx, done) {
      try {
        for (;;) {
          const message = readMessage(parse(port.broadcast(null)))
          if (typeof message === 'number') {
            next = message
            gather(port, { ok: true })
            return
          }
          done(message, together(port, registry, message, ctx))
        }
      } catch (error) {
        lose(error)
      }
    },
  }
}

function gather(port: Collective, mine: Reply): readonly Reply[] {
  return port.allGather(JSON.stringify(mine)).map(readReply)
}

/** Does a task on all ranks or on none. The result is the same on every rank, so that each knows what became of it. */
function together<Context>(port: Collective, registry: Registry<Context>, task: Task, ctx: Context): CallResult {
  const prepared = prepare(registry, task)
  const judged = gather(port, replyOf(prepared))
  if (!prepared.ok || !judged.every(isOk)) return refusal(judged)
  const done = run(prepared, ctx)
  let replies: readonly Reply[]
  try {
    replies = gather(port, replyOf(done))
  } catch (error) {
    // Nobody knows what became of it elsewhere: here it is put back.
    putBack(done)
    throw error
  }
  if (replies.every(isOk)) return { status: 'applied', call: prepared.call }
  const left = gather(port, putBack(done)).flatMap((reply, rank) => (reply.ok ? [] : [`rank ${rank} ${reply.error}`]))
  const { error, ...rest } = refusal(replies)
  return { ...rest, error: [error, ...left].join('; ') }
}

type Reply =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 'rejected' | 'failed'; readonly error: string }

function replyOf(result: { readonly ok: true } | Refused): Reply {
  return result.ok ? { ok: true } : { ok: false, status: result.status, error: result.error }
}

function readReply(text: string): Reply {
  // Every rank is this same code.
  return JSON.parse(text) as Reply
}

function isOk(reply: Reply): boolean {
  return reply.ok
}

/** Undoes what was done here; a rank on which it failed has nothing to undo. */
function putBack(done: Done | Refused): Reply {
  if (!done.ok) return { ok: true }
  if (done.undo === undefined)
    return { ok: false, status: 'failed', error: 'keeps the change: its control gives nothing that puts it back' }
  try {
    done.undo()
    return { ok: true }
  } catch (error) {
    return { ok: false, status: 'failed', error: `could not put it back: ${messageOf(error)}` }
  }
}

/** What some ranks said against it; where all said the same, it is nobody's in particular. */
function refusal(replies: readonly Reply[]): Exclude<CallResult, { readonly status: 'applied' }> {
  const failed = replies.flatMap((reply, rank) => (reply.ok ? [] : [{ rank, ...reply }]))
  const [first] = failed
  if (first === undefined) throw new Error('unreachable: no rank refused')
  const isSame = failed.length === replies.length && failed.every(({ error }) => error === first.error)
  if (isSame) return { status: first.status, error: first.error }
  const error = failed.map((one) => `rank ${one.rank}: ${one.error}`).join('; ')
  return { status: 'failed', error, ranks: failed.map(({ rank }) => rank) }
}

function readMessage(parsed: Result<unknown>): Task | number {
  if (!parsed.ok || !isObject(parsed.value)) throw new Error('rank 0 said what cannot be read')
  const { next, task } = parsed.value
  // Rank 0 is this same code.
  return typeof next === 'number' ? next : (task as Task)
}
