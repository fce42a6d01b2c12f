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

/** The options of a controller. */
export interface ControlsOptions {
  /** Several ranks: rank 0 reads the queue and writes the acks, all apply commands. Each must poll equally often. */
  readonly collective?: ControlCollective
  /** Milliseconds of one poll after which remaining commands wait for the next one. @defaultValue 50 */
  readonly budgetMs?: number
}

/** One poll. */
export interface PollOptions<Context> {
  /** The first argument of every control. */
  readonly ctx?: Context
  /** Seconds from one look at the queue to the next; 0: look at each call. @defaultValue 2 */
  readonly every?: number
}

/** Functions registered by path, and called from outside at points that the training loop chooses. */
export interface Controls<Context> {
  readonly register: Register<Context>
  /**
   * Sets the directory of the queue, and creates it. May come after `register`, and must come before the first poll.
   *
   * @throws Error when it is already in another directory, or cannot be created.
   */
  configure(dir: string): void
  /**
   * Applies the waiting commands, each once, and acks them; costs a fraction of a microsecond between two looks.
   *
   * @returns The acks of this call. Input from outside never throws.
   * @throws Error before `configure`.
   */
  pollAndApply(options?: PollOptions<Context>): readonly Ack[]
  /** The part of the queue that the trainer's state contains now: save it with every checkpoint, at the same moment. */
  snapshot(): JsonObject
  /**
   * Declares that the trainer's state comes from this checkpoint; null: it is new. The next poll re-applies the
   * commands that were acked since and are not in it, in order, without a second ack. Without this call every acked
   * command counts as done.
   *
   * @throws TypeError for an invalid snapshot.
   */
  restore(snapshot: Json): void
  /** The kernel module `ctl`: the same controls for commands of a run, with a ledger. */
  module(options?: { readonly ctx?: Context | (() => Context) }): HotModule
  /** Writes what is pending, and closes the files. */
  close(): void
}

interface Place<Context> {
  readonly dir: string
  /** None on ranks above 0. */
  readonly leader: Leader<Context> | null
}

/** Its keys, to reject others. */
export const CONTROLS_KEYS: OptionKeys<ControlsOptions> = { collective: true, budgetMs: true }
const POLL_KEYS: OptionKeys<PollOptions<unknown>> = { ctx: true, every: true }
const MODULE_KEYS = { ctx: true } as const

/**
 * Creates controls from parts, for any host; `openControls` of the `/node` entry adds files and clocks.
 *
 * @throws TypeError for an option that does not exist, here, and at the first `pollAndApply`.
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
      throw new Error(`the queue is already \`${place.dir}\`, got \`${name}\`: a controller has only one`)
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
      // Checked once, before anything has been trained, since it is called at every step.
      if (!isPollChecked) checkOptions('pollAndApply', options, POLL_KEYS)
      isPollChecked = true
      const { ctx, every = 2 } = options
      if (place === null) throw new Error('`configure` must be called before the first `pollAndApply`')
      if (isClosed) return NONE
      const { leader } = place
      // A missing context is `undefined`, as the types of such a trainer say.
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

/** The log, in single lines. A log that cannot be written must not end the training. */
function createNote(ports: ControlsPorts): (message: string) => void {
  return (message) => {
    try {
      ports.log?.(oneLine(message))
    } catch {
      // There is no other place to report it.
    }
  }
}

/** A poll returns only its acks, and a control cannot poll from inside a poll. */
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
