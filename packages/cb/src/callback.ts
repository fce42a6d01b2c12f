import type { Env, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'

/** The argument of a callback at an event: a read-only view of the trainer's env, with two more methods. */
export interface CallbackEnv extends Env {
  /** Writes a line to the run's log under the callback's name. Can be called at any time. */
  log(message: string): void
  /** Requests a change at the next safe point. Like any other change, it is subject to the freeze and recorded in the ledger. */
  submit(op: SubmittedOp): void
  /** The run directory, if there is one. Files without a directory in their path belong there. */
  readonly runDir?: string
}

/**
 * Instrumentation that runs at the events of a training loop.
 *
 * Its exceptions and promise rejections do not reach the trainer. The hotcb 2 spellings, `set_params`
 * and `on_attach`, also work.
 */
export interface HotCallback {
  /** An optional ID. Commands use the ID under which the callback is loaded, not this one. */
  readonly id?: string
  /** Called at every event while enabled. It may return a promise, which is not awaited. */
  handle(event: string, env: CallbackEnv): unknown
  /** Sets new values. It is also called right after construction. Throws for a name or value that it does not accept. */
  setParams?(params: JsonObject): void
  /** Returns the current values, by parameter. A revert of the first `set_params` restores them. */
  getParams?(): JsonObject
  /** Called before the first event that the callback handles, and again if the call threw. Open files here. */
  onAttach?(env: CallbackEnv): void
  /** Called before a checkpoint is saved, and at the end. */
  flush?(): void
  /** Returns the private state as JSON, which is saved with a checkpoint. It does not need to contain the parameters. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Called when the callback is unloaded or replaced, and at the end. */
  close?(): void
}

/** The argument of a constructor or factory: the callback's ID and the values from `init`. */
export interface CallbackInit {
  readonly id: string
  readonly [name: string]: Json
}

/** Creates a callback. A class also works, called with the same argument. */
export type CallbackFactory = (init: CallbackInit) => HotCallback
