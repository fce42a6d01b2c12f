import type { ControlDescription } from './control.ts'
import type { ModuleDescriptor } from './descriptor/descriptor.ts'
import type { Channel } from './freeze.ts'
import type { Json, JsonObject } from './json.ts'
import type { LedgerLine } from './ledger.ts'
import type { Expires, Op } from './op.ts'

/**
 * The values that the training loop passes at a safe point. Custom keys of the trainer are passed on to modules and
 * callbacks.
 */
export interface Env {
  readonly step: number
  readonly epoch?: number | null
  readonly phase?: string | null
  readonly metrics?: Readonly<Record<string, unknown>>
  /** The number of steps of the run, if known: ramps by fraction need it. */
  readonly maxSteps?: number
  readonly [key: string]: unknown
}

/** The outcome of an op: it was done completely, or not at all. */
export type Outcome =
  | {
      readonly ok: true
      /** The values set, and whatever is needed to set them again. */
      readonly payload: JsonObject | null
      /** Valid params that revert the change; null if nothing can or need be reverted. */
      readonly old?: JsonObject | null
      readonly notes?: string | null
      /**
       * Names of what it changed: if two changes have a name in common, the older cannot be undone before the newer.
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
   * Requests a change at the next safe point, subject to freeze and recorded in the ledger like any other.
   *
   * @returns The `cid` that its ledger line will have; null if no request is possible now. The log reports why, except
   *   while the kernel catches up.
   * @throws TypeError when it is not an op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Changes of an earlier attempt are being re-applied: the module receives them, and its submissions are dropped,
   * since its earlier submissions are among those changes.
   */
  readonly isCatchingUp: boolean
  /** The current controls of the trainer. */
  readonly controls: readonly ControlDescription[]
  /** Number of steps of the run; null if the trainer does not declare it. */
  readonly total: number | null
  /** Whether the run is frozen: what is submitted now is refused. Absent in what older kernels give. */
  readonly isFrozen?: boolean
  /** Whether the trainer saves checkpoints, and loads them. Absent in what older kernels give. */
  readonly checkpoints?: { readonly canSave: boolean; readonly canLoad: boolean }
  /** Writes a line to the run's log. */
  log(message: string): void
  readonly step: number | null
  /** The channel of the op; a module that captures sources treats `recipe` and `history` differently. */
  readonly channel: Channel
  /** The run directory, if the kernel has one: a module that keeps files there need not be configured with it. */
  readonly runDir?: string
  /** A newer kernel owns the run directory: nothing more may be written there. */
  readonly superseded?: boolean
}

/** A request of a module. `source` is what the ledger shows, the module's name when absent. */
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
   * An id that the module chooses. An id that is already taken is refused, so a repeated submission is decided once.
   */
  readonly cid?: string | null
  /** Values that controls must have when it is decided; otherwise it fails. */
  readonly expect?: JsonObject | null
  /** When it is no longer useful; later it is `expired`. */
  readonly expires?: Expires | null
}

/** A part of the kernel that handles its own ops and events: callbacks, tuner, controls, collector. */
export interface HotModule {
  readonly name: string
  /** A description of its ops for other processes. Absent: that of the built-in module of that name, or none. */
  readonly descriptor?: ModuleDescriptor
  /** Called once, before the first safe point. */
  attach?(context: ModuleContext): void
  applyOp?(op: Op, context: ModuleContext): Outcome
  /** Names of the events for `onEvent`, queried at each safe point. Absent: all. */
  listens?(): readonly string[]
  /**
   * Receives every line of the ledger, including the module's own ops: those of earlier attempts when the run is
   * opened, before `attach`, and each later one when it is decided. Called on rank 0 only.
   *
   * @param isPast The line is from an earlier attempt.
   */
  onLine?(line: LedgerLine, isPast: boolean): void
  onEvent?(event: string, env: Env, context: ModuleContext): void
  /** Called after the events of a safe point, for collectors. Must be cheap when there is nothing to do. */
  onSafePoint?(env: Env, context: ModuleContext): void
  /** Is written to `modules.<name>` of the state document. */
  status?(): Json
  /** Called before a checkpoint is saved, and at close. */
  flush?(): void
  /** Private state, as JSON; values of controls come from the ledger. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Resets it to its state at registration, before the history up to a loaded checkpoint is re-applied. */
  reset?(): void
  close?(): void
}

/** What the loop should know after a safe point. One shared frozen object if there is nothing to report. */
export interface ApplyResult {
  readonly stop: boolean
  readonly paused: boolean
  /** The step to train next, after a checkpoint was loaded; otherwise null. */
  readonly rewound: number | null
  /** The ledger cannot be written (disk full): no more commands are accepted until it can. */
  readonly degraded: boolean
  /** A newer kernel owns this run directory: this one no longer writes to it. */
  readonly superseded: boolean
}
