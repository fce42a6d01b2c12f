import {
  checkOptions,
  type HotModule,
  type Json,
  type JsonObject,
  messageOf,
  type OptionKeys,
  oneLine,
} from '@hotcb/protocol'
import type { Ack } from './ack.ts'
import type { ControlCollective } from './collective.ts'
import type { Register } from './control.ts'
import { type Leader, openLeader } from './leader.ts'
import { createMeetings } from './meetings.ts'
import { createControlsModule } from './module.ts'
import type { ControlsPorts } from './ports.ts'
import { createRanks } from './ranks.ts'
import { createRegistry } from './registry.ts'
import { formatHeld, type Held, NOTHING, readHeld } from './snapshot.ts'

/** The options for a controller. */
export interface ControlsOptions {
  /**
   * The communication between the ranks, if there are several. Rank 0 reads the queue and writes the acks, and all ranks apply the
   * commands. All ranks must make the same number of polls.
   */
  readonly collective?: ControlCollective
  /** The time limit for one poll, in milliseconds. Remaining commands wait for the next poll. @defaultValue 50 */
  readonly budgetMs?: number
}

/** The options for one poll. */
export interface PollOptions<Context> {
  /** The first argument of every control. */
  readonly ctx?: Context
  /** Seconds between two checks of the queue; 0 to check at each call. @defaultValue 2 */
  readonly every?: number
}

/** Functions that are registered by path and called from outside, at points that the training loop chooses. */
export interface Controls<Context> {
  readonly register: Register<Context>
  /**
   * Sets the directory of the queue, and creates it. It may be called after `register`, but must be called before the
   * first poll.
   *
   * @throws Error when the queue is already in a different directory, or the directory cannot be created.
   */
  configure(dir: string): void
  /**
   * Applies the waiting commands, each once, and acks them. Between two checks of the queue, a call costs a fraction of a
   * microsecond.
   *
   * @returns The acks from this call. Invalid input from outside is rejected in an ack and never throws.
   * @throws Error before `configure`.
   */
  pollAndApply(options?: PollOptions<Context>): readonly Ack[]
  /**
   * Returns which part of the queue the trainer's state contains now. Save it with every checkpoint, at the same moment.
   */
  snapshot(): JsonObject
  /**
   * Declares that the trainer's state comes from this checkpoint; null means a new state. The next poll re-applies, in
   * order and without a second ack, the acked commands that the checkpoint does not contain. Without this call, every acked command counts
   * as done.
   *
   * @throws TypeError for an invalid snapshot.
   */
  restore(snapshot: Json): void
  /** Creates the kernel module `ctl`, which offers the same controls to a run's commands and records them in its ledger. */
  module(options?: { readonly ctx?: Context | (() => Context) }): HotModule
  /** Writes pending acks, and closes the files. */
  close(): void
}

interface Place<Context> {
  readonly dir: string
  /** Null on ranks above 0. */
  readonly leader: Leader<Context> | null
}

/** The keys of these options. Others are rejected. */
export const CONTROLS_KEYS: OptionKeys<ControlsOptions> = { collective: true, budgetMs: true }
const POLL_KEYS: OptionKeys<PollOptions<unknown>> = { ctx: true, every: true }
const MODULE_KEYS = { ctx: true } as const

/**
 * Creates controls from parts, for any host; `openControls` in the `/node` entry adds files and clocks.
 *
 * @throws TypeError for an unknown option, here or at the first `pollAndApply`.
 */
export function createControls<Context = unknown>(
  ports: ControlsPorts,
  options: ControlsOptions = {},
): Controls<Context> {
  checkOptions('createControls', options, CONTROLS_KEYS)
  const { collective, budgetMs = 50 } = options
  const note = createNote(ports)
  const registry = createRegistry<Context>(note)
  const ranks =
    collective === undefined || collective.worldSize === 1
      ? null
      : createRanks(collective, registry, (text) => ports.parse(text), note)
  const meetings = ranks === null ? null : createMeetings(ranks, ports)
  const contained = createContainment(note)
  let place: Place<Context> | null = null
  let restored: Held | null = null
  let isPollChecked = false
  let isClosed = false
  let lookedAt = Number.NEGATIVE_INFINITY

  function configure(dir: string): void {
    const isLeader = (collective?.rank ?? 0) === 0
    const leader = isLeader ? openLeader(dir, { registry, ranks, ports, budgetMs, note }) : null
    const name = leader?.dir ?? dir
    if (place === null) {
      if (restored !== null) leader?.restore(restored)
      place = { dir: name, leader }
      leader?.announce()
      return
    }
    leader?.close()
    if (place.dir !== name)
      throw new Error(`the queue is already \`${place.dir}\`, got \`${name}\`: a controller can have only one queue`)
  }

  function look(leader: Leader<Context> | null, ctx: Context, everyMs: number): readonly Ack[] {
    const now = ports.now()
    if (!leader?.isBehind && now - lookedAt < everyMs) return NONE
    if (contained.isBusy) return NONE
    lookedAt = now
    return contained.run(() => leader?.look(now, ctx) ?? NONE)
  }

  return {
    register: registry.register,
    configure,
    pollAndApply(options = NO_OPTIONS) {
      // The options are checked only at the first call, before anything has been trained, because later checks would
      // cost time at every step.
      if (!isPollChecked) checkOptions('pollAndApply', options, POLL_KEYS)
      isPollChecked = true
      const { ctx, every = 2 } = options
      if (place === null) throw new Error('`configure` must be called before the first `pollAndApply`')
      if (isClosed) return NONE
      const { leader } = place
      // A trainer whose types allow no context gets `undefined`.
      const context = ctx as Context
      if (meetings === null) return look(leader, context, every * 1000)
      if (contained.isBusy || !meetings.arrive()) return NONE
      return contained.run(() => meetings.hold(leader, context, every * 1000))
    },
    snapshot: () =>
      place === null ? formatHeld(restored ?? NOTHING) : (place.leader?.snapshot() ?? formatHeld(NOTHING)),
    restore(snapshot) {
      restored = readHeld(snapshot)
      place?.leader?.restore(restored)
      lookedAt = Number.NEGATIVE_INFINITY
    },
    module(options = {}) {
      checkOptions('module', options, MODULE_KEYS)
      return createControlsModule(registry, options.ctx)
    },
    close() {
      if (isClosed) return
      isClosed = true
      place?.leader?.close()
    },
  }
}

const NONE: readonly Ack[] = Object.freeze([])
const NO_OPTIONS: PollOptions<never> = Object.freeze({})

/** Creates the log function, which writes individual lines. A log that cannot be written must not stop the training. */
function createNote(ports: ControlsPorts): (message: string) => void {
  return (message) => {
    try {
      ports.log?.(oneLine(message))
    } catch {
      // There is no other place to report it.
    }
  }
}

/** Ensures that a poll returns only its own acks, and that a control cannot poll during a poll. */
function createContainment(note: (message: string) => void): {
  readonly isBusy: boolean
  run(act: () => readonly Ack[]): readonly Ack[]
} {
  let isBusy = false
  return {
    get isBusy() {
      return isBusy
    },
    run(act) {
      isBusy = true
      try {
        return act()
      } catch (error) {
        note(`a poll failed: ${messageOf(error)}`)
        return NONE
      } finally {
        isBusy = false
      }
    },
  }
}
