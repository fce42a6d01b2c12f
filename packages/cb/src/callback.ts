import type { Env, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'

/** The argument of a callback at an event: the trainer's env, read-only, and two methods. */
export interface CallbackEnv extends Env {
  /** Writes a line to the run's log under the callback's name, at any time. */
  log(message: string): void
  /** Requests a change at the next safe point, subject to freeze and recorded in the ledger like any other. */
  submit(op: SubmittedOp): void
  /** The run directory, if there is one: the place for files with a bare name. */
  readonly runDir?: string
}

/**
 * Instrumentation that runs at the events of a training loop.
 *
 * Its exceptions, and rejections of its promises, are contained. `set_params` and `on_attach`, the spellings of hotcb
 * 2, also work.
 */
export interface HotCallback {
  /** The name for commands is the id under which it is loaded, regardless of this one. */
  readonly id?: string
  /** Called at every event while enabled. It may return a promise, which is not awaited. */
  handle(event: string, env: CallbackEnv): unknown
  /** Sets new values, also right after construction; throws for a name or value that it does not accept. */
  setParams?(params: JsonObject): void
  /** Current values, by parameter: a revert of a first `set_params` restores them. */
  getParams?(): JsonObject
  /** Called before the first event it handles, and again if it threw: the place to open files. */
  onAttach?(env: CallbackEnv): void
  /** Called before a checkpoint is saved, and at the end. */
  flush?(): void
  /** Private state as JSON, saved with a checkpoint; parameters need not be in it. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Called when it is unloaded or replaced, and at the end. */
  close?(): void
}

/** The argument of a constructor or factory: its id, and the values of `init`. */
export interface CallbackInit {
  readonly id: string
  readonly [name: string]: Json
}

/** Creates a callback. A class also works, called with the same argument. */
export type CallbackFactory = (init: CallbackInit) => HotCallback
