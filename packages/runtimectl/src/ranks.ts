import { isObject, messageOf, type Result } from '@hotcb/protocol'
import type { CallResult } from './ack.ts'
import type { ControlCollective } from './collective.ts'
import { type Done, prepare, type Refused, run } from './perform.ts'
import type { Registry } from './registry.ts'
import type { Task } from './task.ts'
import { formatWire, wireOrNull } from './wire.ts'

/** The work that all ranks do together: the same commands, in the same order, at the same poll. */
export interface Ranks<Context> {
  /** Counts a poll. Returns true if all ranks synchronize at this poll. At other polls, no rank reads anything. */
  arrive(): boolean
  /** On rank 0: makes all ranks execute a task. */
  lead(task: Task, ctx: Context): CallResult
  /** On rank 0: ends the synchronization and announces after how many polls the next one takes place. */
  part(calls: number): void
  /** On the other ranks: executes rank 0's tasks until it ends the synchronization. */
  follow(ctx: Context, done: (task: Task, result: CallResult) => void): void
  /** Whether the ranks can no longer be reached. If so, no more commands are applied. */
  readonly isLost: boolean
}

/** Creates the ranks. `note` is called once when they are lost. */
export function createRanks<Context>(
  port: ControlCollective,
  registry: Registry<Context>,
  parse: (text: string) => Result<unknown>,
  note: (message: string) => void,
): Ranks<Context> {
  let calls = 0
  let next = 1
  let isLost = false

  function lose(error: unknown): string {
    const reason = `the ranks cannot be reached: ${messageOf(error)}`
    if (!isLost) note(`${reason}; no more commands are applied, and training continues`)
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
      if (message === null) return { status: 'rejected', error: 'the command cannot be sent to the other ranks' }
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
        // All ranks answer, so that a lost rank is detected here and not when it is needed.
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

function gather(port: ControlCollective, mine: Reply): readonly Reply[] {
  return port.allGather(JSON.stringify(mine)).map(readReply)
}

/** Executes a task on all ranks or on none. Every rank returns the same result. */
function together<Context>(port: ControlCollective, registry: Registry<Context>, task: Task, ctx: Context): CallResult {
  const prepared = prepare(registry, task)
  const judged = gather(port, replyOf(prepared))
  if (!prepared.ok || !judged.every(isOk)) return refusal(judged)
  const done = run(prepared, ctx)
  let replies: readonly Reply[]
  try {
    replies = gather(port, replyOf(done))
  } catch (error) {
    // The outcome on the other ranks is unknown, so the task is reverted on this rank.
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
  // Every rank runs the same code.
  return JSON.parse(text) as Reply
}

function isOk(reply: Reply): boolean {
  return reply.ok
}

/** Reverts the task on this rank. If it failed here, there is nothing to revert. */
function putBack(done: Done | Refused): Reply {
  if (!done.ok) return { ok: true }
  if (done.undo === undefined)
    return { ok: false, status: 'failed', error: 'keeps the change: its control returns no function that reverts it' }
  try {
    done.undo()
    return { ok: true }
  } catch (error) {
    return { ok: false, status: 'failed', error: `could not revert it: ${messageOf(error)}` }
  }
}

/** Combines the ranks' errors. If all ranks have the same error, it is not attributed to a rank. */
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
  if (!parsed.ok || !isObject(parsed.value)) throw new Error('rank 0 sent an unreadable message')
  const { next, task } = parsed.value
  // Rank 0 runs the same code.
  return typeof next === 'number' ? next : (task as Task)
}
