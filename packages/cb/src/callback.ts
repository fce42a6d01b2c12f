import type { Env, Json, JsonObject, SubmittedOp } from '@hotcb/protocol'

/** What a callback is handed at an event: the trainer's env, read-only, and two ways to speak. */
export interface CallbackEnv extends Env {
  /** Writes a line to the run's log under the callback's name, at any time. */
  log(message: string): void
  /** Asks for a change at the next safe point; it passes freeze policy and the ledger like anybody's. */
  submit(op: SubmittedOp): void
  /** The run directory, where there is one: the place for files that have a bare name. */
  readonly runDir?: string
}

/**
 * Instrumentation that runs at the events of a training loop.
 *
 * What it throws, and what promises of its own reject with, is contained. `set_params` and `on_attach`, hotcb 2's
 * spellings, are understood as well.
 */
export interface HotCallback {
  /** The name by which it is commanded is the one it is loaded under, whatever stands here. */
  readonly id?: string
  /** Called at every event while enabled. A promise may be returned; it is not waited for. */
  handle(event: string, env: CallbackEnv): unknown
  /** Takes new values, also right after construction; throws on a name or value that it does not take. */
  setParams?(params: JsonObject): void
  /** Values in force, by parameter: what a revert of a first `set_params` goes back to. */
  getParams?(): JsonObject
  /** Called before the first event it handles, and again where it threw: the place to open files. */
  onAttach?(env: CallbackEnv): void
  /** Before a checkpoint is saved, and at the end. */
  flush?(): void
  /** Private state as JSON, saved with a checkpoint; parameters need not be in it. */
  snapshot?(): Json
  restore?(snapshot: Json): void
  /** Called when it is unloaded or replaced, and at the end. */
  close?(): void
}

/** What a constructor or factory is called with: its id, and what `init` gave. */
export interface CallbackInit {
  readonly id: string
  readonly [name: string]: Json
}

/** Makes a callback. A class serves as well, called with the same one argument. */
export type CallbackFactory = (init: CallbackInit) => HotCallback
