import type { ControlDescription } from './control.ts'
import type { ModuleDescriptor } from './descriptor/descriptor.ts'
import type { Channel } from './freeze.ts'
import type { Json, JsonObject } from './json.ts'
import type { LedgerLine } from './ledger.ts'
import type { Expires, Op } from './op.ts'

/** What the training loop tells at a safe point. Keys of the trainer's own pass through to modules and callbacks. */
export interface Env {
  readonly step: number
  readonly epoch?: number | null
  readonly phase?: string | null
  readonly metrics?: Readonly<Record<string, unknown>>
  /** Steps the run will have, where known: ramps by fraction need it. */
  readonly maxSteps?: number
  readonly [key: string]: unknown
}

/** What became of an op: all of it was done, or nothing. */
export type Outcome =
  | {
      readonly ok: true
      /** What was set, and what is needed to set it again. */
      readonly payload: JsonObject | null
      /** Valid params that put things back; null where nothing can or need be put back. */
      readonly old?: JsonObject | null
      readonly notes?: string | null
      /**
       * Names of what it changed: of two changes with a name in common, the older cannot be undone before the newer.
       *
       * @defaultValue the keys of a `set_params` or `set`, else the handle
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

/** What a module may do while it handles an op or an event. */
export interface ModuleContext {
  /**
   * Asks for a change, at the next safe point, through freeze and into the ledger like everybody's.
   *
   * @returns The `cid` that its ledger line will have; null where nothing may be asked for now. The log says why, but not
   * while the kernel catches up.
   * @throws TypeError when it is no op.
   */
  submit(op: SubmittedOp): string | null
  /**
   * Changes of an earlier attempt are being made again: the module hears of them, and what it submits is left out, since its
   * submissions of that time are among them.
   */
  readonly isCatchingUp: boolean
  /** The controls of the trainer as they are now. */
  readonly controls: readonly ControlDescription[]
  /** Number of steps of the run; null where the trainer does not say it. */
  readonly total: number | null
  /** Writes a line to the run's log. */
  log(message: string): void
  readonly step: number | null
  /** Through which channel the op came; a module that captures sources treats `recipe` and `history` apart. */
  readonly channel: Channel
  /** The run directory, where the kernel has one: a module that keeps files there need not be told twice. */
  readonly runDir?: string
  /** A newer kernel holds the run directory: nothing more may be written there. */
  readonly superseded?: boolean
}

/** What a module asks for. `source` is its word in the ledger, the module's name when absent. */
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
  /** An id of the module's own. One that is taken already is refused: so a repeated submission is decided once. */
  readonly cid?: string | null
  /** Values that controls must have when it is decided; otherwise it fails. */
  readonly expect?: JsonObject | null
  /** When it is of no more use; later it is `expired`. */
  readonly expires?: Expires | null
}

/** A part of the kernel that has ops and events of its own: callbacks, tuner, controls, collector. */
export interface HotModule {
  readonly name: string
  /** Its ops, as other processes need to know them. Absent: those of a built-in module of that name, or none in particular. */
  readonly descriptor?: ModuleDescriptor
  /** Called once, before the first safe point. */
  attach?(context: ModuleContext): void
  applyOp?(op: Op, context: ModuleContext): Outcome
  /** Names of the events that `onEvent` wants to hear, asked at each safe point. Absent: all. */
  listens?(): readonly string[]
  /**
   * Hears every line of the ledger, the module's own ops among them: those of earlier attempts when the run is opened, before
   * `attach`, and each later one when it is decided. Called on rank 0 only.
   *
   * @param isPast The line is an earlier attempt's.
   */
  onLine?(line: LedgerLine, isPast: boolean): void
  onEvent?(event: string, env: Env, context: ModuleContext): void
  /** After the events of a safe point: collectors. Must be cheap when there is nothing to do. */
  onSafePoint?(env: Env, context: ModuleContext): void
  /** Goes into `modules.<name>` of the state document. */
  status?(): Json
  /** Before a checkpoint is saved, and at close. */
  flush?(): void
  /** Private state, as JSON: values come from the ledger. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Back to how it was registered, before the history up to a loaded checkpoint is done again. */
  reset?(): void
  close?(): void
}

/** What the loop should know after a safe point. One shared frozen object when nothing is the matter. */
export interface ApplyResult {
  readonly stop: boolean
  readonly paused: boolean
  /** The step to train next, after a checkpoint was loaded; else null. */
  readonly rewound: number | null
  /** The ledger cannot be written (disk full): nothing more is taken until it can. */
  readonly degraded: boolean
  /** A newer kernel holds this run directory: this one writes nothing more. */
  readonly superseded: boolean
}
