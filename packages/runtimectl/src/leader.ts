import type { JsonObject } from '@hotcb/protocol'
import type { Ack } from './ack.ts'
import { createAnnouncement } from './announcement.ts'
import { createAnsweredCommands } from './answered-commands.ts'
import { onChange } from './complaint.ts'
import { createIntake } from './intake.ts'
import type { ControlsPorts } from './ports.ts'
import type { Ranks } from './ranks.ts'
import type { Registry } from './registry.ts'
import type { Held } from './snapshot.ts'
import { createTasks } from './tasks.ts'

/** The part of a controller that owns the queue. It reads the commands, executes them and acks them. */
export interface Leader<Context> {
  readonly dir: string
  /** Whether the time limit of the last poll was too short for all commands. */
  readonly isBehind: boolean
  /** Reads the queue and executes its commands. */
  look(now: number, ctx: Context): readonly Ack[]
  /** Returns which part of the queue the trainer's state contains now, even while a command is being executed. */
  snapshot(): JsonObject
  restore(held: Held): void
  /** Announces that this trainer owns the queue, with the registered paths. */
  announce(): void
  close(): void
}

/** The dependencies of a leader. */
export interface LeaderParts<Context> {
  readonly registry: Registry<Context>
  /** The ranks; null if there is only one. */
  readonly ranks: Ranks<Context> | null
  readonly ports: ControlsPorts
  readonly budgetMs: number
  note(message: string): void
}

/**
 * Opens the queue in a directory, creating it if necessary.
 *
 * @throws Error when it cannot be created.
 */
export function openLeader<Context>(dir: string, parts: LeaderParts<Context>): Leader<Context> {
  const { registry, ranks, ports, budgetMs, note } = parts
  const queue = ports.openQueue(dir)
  const standing = createAnsweredCommands(queue, ports, note)
  const intake = createIntake(queue, standing, ports, note)
  const announcement = createAnnouncement(queue.registry, registry, ports, note)
  const tasks = createTasks({ ...parts, intake, answered: standing })
  const complain = onChange(note)
  let isBehind = false
  let refreshedAt = Number.NEGATIVE_INFINITY

  function flush(): boolean {
    const failure = standing.flush()
    complain(failure === null ? null : `${failure}; no more commands are accepted until the acks are written`)
    return failure === null
  }

  function drain(ctx: Context): readonly Ack[] {
    const turn = { started: ports.now(), flushed: ports.now() }
    const acks: Ack[] = []
    isBehind = false
    for (let task = tasks.next(); task !== null; task = tasks.next()) {
      const ack = tasks.take(task, ctx)
      if (!task.again) acks.push(ack)
      if (ranks?.isLost || !goesOn(turn)) break
    }
    flush()
    return acks.length === 0 ? NONE : acks
  }

  /** Whether there is time for another command and the acks can be written. */
  function goesOn(turn: { readonly started: number; flushed: number }): boolean {
    const now = ports.now()
    // The ack of a slow command is written immediately. Acks of quick commands share a write.
    if (now - turn.flushed > 1) {
      if (!flush()) return false
      turn.flushed = now
    }
    if (now - turn.started <= budgetMs) return true
    isBehind = intake.hasMore
    return false
  }

  return {
    dir: queue.dir,
    get isBehind() {
      return isBehind
    },
    look(now, ctx) {
      const isTime = now - refreshedAt >= REFRESH_MS
      if (isTime) {
        refreshedAt = now
        queue.refresh()
      }
      const hasWork = intake.look()
      // A trainer that lost the queue to a newer trainer must not execute its commands.
      if ((isTime || hasWork) && !announcement.keep()) return NONE
      return flush() && hasWork ? drain(ctx) : NONE
    },
    snapshot: () => standing.snapshot(tasks.running()),
    restore: standing.restore,
    announce: () => void announcement.keep(),
    close() {
      standing.flush()
      queue.close()
    },
  }
}

const NONE: readonly Ack[] = Object.freeze([])
const REFRESH_MS = 100
