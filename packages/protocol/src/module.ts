import type { ControlDescription } from './control.ts'
import type { ModuleDescriptor } from './descriptor/descriptor.ts'
import type { Channel } from './freeze.ts'
import type { Json, JsonObject } from './json.ts'
import type { LedgerLine } from './ledger.ts'
import type { Expires, Op } from './op.ts'

/**
 * The values that the training loop passes at a safe point. A trainer may add its own keys, which are passed on to
 * modules and callbacks.
 */
export interface Env {
  readonly step: number
  readonly epoch?: number | null
  readonly phase?: string | null
  readonly metrics?: Readonly<Record<string, unknown>>
  /** The run's number of steps, if known. Ramps over a fraction of the run need it. */
  readonly maxSteps?: number
  readonly [key: string]: unknown
}

/** The outcome of an op: the op was applied completely, or not at all. */
export type Outcome =
  | {
      readonly ok: true
      /** The values that were set, and all data needed to set them again. */
      readonly payload: JsonObject | null
      /** Valid params that revert the change; null if nothing can be reverted, or nothing was changed. */
      readonly old?: JsonObject | null
      readonly notes?: string | null
      /**
       * The names of the things that it changed. If two changes have a name in common, the older one cannot be undone
       * before the newer one.
       *
       * @defaultValue the keys of a `set_params` or `set`, otherwise the handle
       */
      readonly touched?: readonly string[]
      /** Ranks that the ledger line names. @defaultValue none */
      readonly ranks?: readonly number[]
    }
  | {
      readonly ok: false
      readonly error: string
      readonly traceback?: string | null
      readonly notes?: string | null
      /** Ranks on which it failed. @defaultValue none */
      readonly ranks?: readonly number[]
    }

/** What a module can do while it handles an op or an event. */
export interface ModuleContext {
  /**
   * Requests a change at the next safe point. It is subject to the freeze and recorded in the ledger like any other.
   *
   * @returns The `cid` that its ledger line will have; null if no request is possible now. The log states why, except
   *   while the kernel is re-applying earlier changes.
   * @throws TypeError when it is not an op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Whether changes from an earlier attempt are being re-applied. The module receives them, and its own submissions are
   * dropped, because its earlier submissions are among those changes.
   */
  readonly isCatchingUp: boolean
  /** The trainer's current controls. */
  readonly controls: readonly ControlDescription[]
  /** The run's number of steps; null if the trainer does not declare it. */
  readonly total: number | null
  /** Whether the run is frozen, so that submissions are rejected. Older kernels do not set this field. */
  readonly isFrozen?: boolean
  /** Whether the trainer can save and load checkpoints. Older kernels do not set this field. */
  readonly checkpoints?: { readonly canSave: boolean; readonly canLoad: boolean }
  /** Writes a line to the run's log. */
  log(message: string): void
  readonly step: number | null
  /** The channel of the op; a module that captures sources treats `recipe` and `history` differently. */
  readonly channel: Channel
  /** The run directory, if the kernel has one. A module that keeps files there needs no option for it. */
  readonly runDir?: string
  /** Whether a newer kernel owns the run directory. If so, nothing more may be written there. */
  readonly superseded?: boolean
}

/** A request from a module. `source` is the source in the ledger line; default: the module's name. */
export interface SubmittedOp {
  readonly module: string
  readonly op: string
  readonly id?: string
  readonly params?: JsonObject | null
  readonly target?: Op['target']
  readonly init?: JsonObject | null
  readonly enabled?: boolean | null
  readonly source?: string
  readonly note?: string
  readonly author?: string | null
  /**
   * An id that the module chooses. An id that is already in use is rejected, so a repeated submission is decided only
   * once.
   */
  readonly cid?: string | null
  /** Values that controls must have when it is decided; otherwise it fails. */
  readonly expect?: JsonObject | null
  /** The last step or time at which it is useful; after that its decision is `expired`. */
  readonly expires?: Expires | null
}

/** A part of the kernel that handles its own ops and events: callbacks, the tuner, controls, the collector. */
export interface HotModule {
  readonly name: string
  /**
   * A description of its ops for other processes. Absent: the descriptor of the built-in module with that name, if
   * there is one.
   */
  readonly descriptor?: ModuleDescriptor
  /** Called once, before the first safe point. */
  attach?(context: ModuleContext): void
  applyOp?(op: Op, context: ModuleContext): Outcome
  /** Returns the names of the events for `onEvent`. Called at each safe point. Absent: all events. */
  listens?(): readonly string[]
  /**
   * Receives every line of the ledger, including the module's own ops. Lines from earlier attempts arrive before
   * `attach`, when the run is opened; later lines arrive when they are decided. Called on rank 0 only.
   *
   * @param isPast Whether the line is from an earlier attempt.
   */
  onLine?(line: LedgerLine, isPast: boolean): void
  onEvent?(event: string, env: Env, context: ModuleContext): void
  /** Called after the events of a safe point, for collectors. It must be very cheap when there is nothing to do. */
  onSafePoint?(env: Env, context: ModuleContext): void
  /** Returns the status for `modules.<name>` in the state document. */
  status?(): Json
  /** Called before a checkpoint is saved, and at close. */
  flush?(): void
  /** Returns the private state as JSON. It does not contain control values, because those come from the ledger. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Resets the module to its state at registration. Called before the history up to a loaded checkpoint is re-applied. */
  reset?(): void
  close?(): void
}

/**
 * The result of a safe point, for the training loop. If there is nothing to report, it is a single shared, frozen
 * object.
 */
export interface ApplyResult {
  readonly stop: boolean
  readonly paused: boolean
  /** The step to train next, after a checkpoint was loaded; otherwise null. */
  readonly rewound: number | null
  /**
   * Whether the ledger cannot be written, for example because the disk is full. No commands are accepted until it can
   * be written.
   */
  readonly degraded: boolean
  /** Whether a newer kernel owns this run directory. If so, this kernel no longer writes to it. */
  readonly superseded: boolean
}
