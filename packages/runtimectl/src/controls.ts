import {
  checkOptions,
  type HotModule,
  type Json,
  type JsonObject,
  messageOf,
  type OptionKeys,
  oneLine,
} from '@hotcb/protocol'
import { type Ack, type CallResult, createAck, formatAck, OWN_ARGUMENTS } from './ack.ts'
import { type Announcement, createAnnouncement } from './announcement.ts'
import type { Collective } from './collective.ts'
import { onChange } from './complaint.ts'
import type { Register } from './control.ts'
import { createIntake, type Intake } from './intake.ts'
import { createControlsModule } from './module.ts'
import { perform } from './perform.ts'
import type { CommandQueue, ControlsPorts } from './ports.ts'
import { createRanks, type Ranks } from './ranks.ts'
import { createRegistry } from './registry.ts'
import { formatHeld, type Held, NOTHING, readHeld } from './snapshot.ts'
import { createStanding, type Standing } from './standing.ts'
import { keyOf, type Task } from './task.ts'

/** How a controller behaves. */
export interface ControlsOptions {
  /** Several ranks: rank 0 reads the queue and writes the acks, all apply. Each must poll equally often. */
  readonly collective?: Collective
  /** Milliseconds of one poll after which what is left waits for the next one. @defaultValue 50 */
  readonly budgetMs?: number
}

/** One poll. */
export interface PollOptions<Context> {
  /** Handed to every control, first. */
  readonly ctx?: Context
  /** Seconds from one look at the queue to the next; 0: look at each call. @defaultValue 2 */
  readonly every?: number
}

/** Functions registered by path, and called from outside at places that the training loop chooses. */
export interface Controls<Context> {
  readonly register: Register<Context>
  /**
   * Says where the queue is, and makes it. May come after `register`, and must come before the first poll.
   *
   * @throws Error when it is in another directory already, or cannot be made.
   */
  configure(dir: string): void
  /**
   * Applies the commands that are waiting, each once, and acks them; costs a fraction of a microsecond between two looks.
   *
   * @returns The acks of this call. Nothing that comes from outside throws.
   * @throws Error before `configure`.
   */
  pollAndApply(options?: PollOptions<Context>): readonly Ack[]
  /** What of the queue the trainer's state holds now: saved with every checkpoint, in the same moment. */
  snapshot(): JsonObject
  /**
   * The trainer's state is the one of this checkpoint; null: it is new. What was acked since and is not in it is applied
   * again, in order, by the next poll, and not acked again. Without this call all that is acked counts as done.
   *
   * @throws TypeError for what is no snapshot.
   */
  restore(snapshot: Json): void
  /** The kernel module `ctl`: the same controls for commands of a run, with a ledger. */
  module(options?: { readonly ctx?: Context | (() => Context) }): HotModule
  /** Writes what is not written yet, and lets go of the files. */
  close(): void
}

interface Open {
  readonly dir: string
  /** None on ranks above 0. */
  readonly queue: CommandQueue | null
  readonly standing: Standing | null
  readonly intake: Intake | null
  readonly announcement: Announcement | null
}

/** Its keys, to refuse others. */
export const CONTROLS_KEYS: OptionKeys<ControlsOptions> = { collective: true, budgetMs: true }
const POLL_KEYS: OptionKeys<PollOptions<unknown>> = { ctx: true, every: true }
const MODULE_KEYS = { ctx: true } as const

/**
 * Controls out of parts, for any host; `runtimeControls` of the `/node` entry gives them files and clocks.
 *
 * @throws TypeError for an option that does not exist, here, and at the first `pollAndApply`.
 */
export function createControls<Context = unknown>(
  ports: ControlsPorts,
  options: ControlsOptions = {},
): Controls<Context> {
  checkOptions('createControls', options, CONTROLS_KEYS)
  const { collective, budgetMs = 50 } = options
  const isLeader = (collective?.rank ?? 0) === 0
  const registry = createRegistry<Context>(note)
  const ranks: Ranks<Context> | null =
    collective === undefined || collective.worldSize === 1
      ? null
      : createRanks(collective, registry, (text) => ports.parse(text), note)
  let open: Open | null = null
  let restored: Held | null = null
  let running: Task | null = null
  let isPolling = false
  let isPollChecked = false
  let isClosed = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let refreshedAt = Number.NEGATIVE_INFINITY
  let isBehind = false
  let meetings = { at: 0, every: 1 }
  const acksTrouble = onChange(note)

  function note(message: string): void {
    try {
      ports.log?.(oneLine(message))
    } catch {
      // A log that cannot be written must not end the training.
    }
  }

  function configure(dir: string): void {
    const queue = isLeader ? ports.openQueue(dir) : null
    const name = queue?.dir ?? dir
    if (open !== null) {
      queue?.close()
      if (open.dir === name) return
      throw new Error(`the queue is \`${open.dir}\` already, got \`${name}\`: a controller has one`)
    }
    const standing = queue === null ? null : createStanding(queue, ports, note)
    const intake = queue === null || standing === null ? null : createIntake(queue, standing, ports, note)
    if (restored !== null) standing?.restore(restored)
    const announcement = queue === null ? null : createAnnouncement(queue.registry, registry, ports, note)
    open = { dir: name, queue, standing, intake, announcement }
    announcement?.keep()
  }

  function flush(standing: Standing): boolean {
    const failure = standing.flush()
    acksTrouble(failure === null ? null : `${failure}; no more commands are taken until the acks are written`)
    return failure === null
  }

  function isLeftOut({ command: { path } }: Task): boolean {
    return typeof path === 'string' && registry.get(path)?.again === false
  }

  function doTask(task: Task, ctx: Context): CallResult {
    running = task
    try {
      return ranks === null ? perform(registry, task, ctx) : ranks.lead(task, ctx)
    } finally {
      running = null
    }
  }

  function drain({ intake, standing }: { intake: Intake; standing: Standing }, ctx: Context): readonly Ack[] {
    const started = ports.now()
    let flushed = started
    const acks: Ack[] = []
    isBehind = false
    for (let task = intake.next(); task !== null; task = intake.next()) {
      if (task.again && isLeftOut(task)) continue
      const result = doTask(task, ctx)
      const ack = createAck(task.command, ports.wallTime(), result)
      if (!task.again) acks.push(ack)
      else if (result.status !== 'applied') note(`${ack.path} could not be applied again: ${result.error}`)
      standing.answer(task, ack)
      if (ranks?.isLost) break
      const now = ports.now()
      // Whoever waits for the ack of a slow command gets it at once; those of quick ones share a write.
      if (now - flushed > 1) {
        if (!flush(standing)) break
        flushed = now
      }
      if (now - started > budgetMs) {
        isBehind = intake.hasMore
        break
      }
    }
    flush(standing)
    return acks.length === 0 ? NONE : acks
  }

  function look({ queue, standing, intake, announcement }: Open, now: number, ctx: Context): readonly Ack[] {
    if (queue === null || standing === null || intake === null || announcement === null) return NONE
    const isTime = now - refreshedAt >= REFRESH_MS
    if (isTime) {
      refreshedAt = now
      queue.refresh()
    }
    const hasWork = intake.look()
    // Who lost the queue to a newer trainer must not take what that one takes.
    if ((isTime || hasWork) && !announcement.keep()) return NONE
    return flush(standing) && hasWork ? drain({ intake, standing }, ctx) : NONE
  }

  /** Where all ranks meet. */
  function meet(at: Open, ctx: Context, every: number): readonly Ack[] {
    if (ranks === null) return NONE
    if (isLeader) {
      const now = ports.now()
      try {
        return look(at, now, ctx)
      } finally {
        // Whatever happened: the others wait for it.
        meetings = pace(meetings, now, isBehind ? 0 : every * 1000)
        ranks.part(meetings.every)
      }
    }
    const acks: Ack[] = []
    ranks.follow(ctx, (task, result) => {
      if (!task.again) acks.push(createAck(task.command, ports.wallTime(), result))
    })
    return acks
  }

  function contained(act: () => readonly Ack[]): readonly Ack[] {
    isPolling = true
    try {
      return act()
    } catch (error) {
      note(`a poll went wrong: ${messageOf(error)}`)
      return NONE
    } finally {
      isPolling = false
    }
  }

  return {
    register: registry.register,
    configure,
    pollAndApply(options = NO_OPTIONS) {
      // Once, before anything has been trained: it is called at every step.
      if (!isPollChecked) checkOptions('pollAndApply', options, POLL_KEYS)
      isPollChecked = true
      const { ctx, every = 2 } = options
      if (open === null) throw new Error('`configure` must be called before the first `pollAndApply`')
      if (isClosed) return NONE
      const at = open
      // What is not given is `undefined`, which is what such a trainer's context is.
      const context = ctx as Context
      if (ranks !== null) return !isPolling && ranks.arrive() ? contained(() => meet(at, context, every)) : NONE
      const now = ports.now()
      if (!isBehind && now - lookedAt < every * 1000) return NONE
      if (isPolling) return NONE
      lookedAt = now
      return contained(() => look(at, now, context))
    },
    snapshot() {
      if (open === null) return formatHeld(restored ?? NOTHING)
      const { standing } = open
      if (standing === null) return formatHeld(NOTHING)
      const task = running
      if (task === null || task.again) return standing.snapshot(null)
      return standing.snapshot({ id: keyOf(task.command), line: lineOf(task, ports.wallTime()) })
    },
    restore(snapshot) {
      restored = readHeld(snapshot)
      open?.standing?.restore(restored)
      lookedAt = Number.NEGATIVE_INFINITY
    },
    module(options = {}) {
      checkOptions('module', options, MODULE_KEYS)
      return createControlsModule(registry, options.ctx)
    },
    close() {
      if (isClosed) return
      isClosed = true
      open?.standing?.flush()
      open?.queue?.close()
    },
  }
}

const NONE: readonly Ack[] = Object.freeze([])
const NO_OPTIONS: PollOptions<never> = Object.freeze({})
const REFRESH_MS = 100

/** The ack that a command gets whose control takes a snapshot while it runs: it was applied, or there is no snapshot. */
function lineOf({ command }: Task, ts: number): string {
  // As asked for: what its validator gave is not known here.
  const call = { args: command.args as readonly Json[], kwargs: command.kwargs as JsonObject }
  return formatAck({ ...createAck(command, ts, { status: 'applied', call }), note: OWN_ARGUMENTS }, command)
}

/** How many calls from one meeting to the next, so that about `everyMs` pass; at most doubled each time. */
function pace(
  last: { readonly at: number; readonly every: number },
  now: number,
  everyMs: number,
): { at: number; every: number } {
  const perCall = (now - last.at) / last.every
  const wanted = everyMs > 0 && perCall > 0 ? Math.floor(everyMs / perCall) : 1
  return { at: now, every: Math.max(1, Math.min(wanted, last.every * 2)) }
}
