import type { CallbackTarget, Channel, SourceCapture } from '@hotcb/protocol'

/** A load request. With a capture, exactly those bytes run. */
export interface LoadRequest {
  readonly target: CallbackTarget
  readonly capture: SourceCapture | null
  readonly channel: Channel
  /** The instance to create: a host identifies it by this number. */
  readonly caller: Caller
}

/** The value of a target's symbol. */
export interface Loaded {
  /** A class, a factory, or a callback. */
  readonly exported: unknown
  /** The bytes that ran; null for packages. */
  readonly capture: SourceCapture | null
  readonly notes: string | null
  /**
   * Whether the files contain bytes other than those that ran, or than those last reported here. Null: nothing to
   * watch.
   */
  readonly look: (() => 'same' | 'changed' | 'gone') | null
}

/** One line on why nothing was loaded, and the trace of what was thrown, if anything was. */
export interface LoadFailure {
  readonly ok: false
  readonly error: string
  readonly traceback: string | null
}

export type LoadResult = { readonly ok: true; readonly loaded: Loaded } | LoadFailure

/** Evaluates targets. Never throws. */
export interface CallbackLoader {
  load(request: LoadRequest): LoadResult
}

/** The running callback: the part of its record that a guard sees. */
export interface Caller {
  readonly id: string
  /** Unique in this process, from 1. */
  readonly number: number
}

/** An uncaught error, or, with its code, the end of the whole process. */
export type UncaughtKind = 'rejection' | 'exception' | 'exit'

/** Surrounds every call: knows which callback is running, and to which a stray error belongs. Must be cheap. */
export interface CallGuard {
  /** Called before the first call of an event. */
  begin(step: number): void
  enter(caller: Caller): void
  /** Called after the last call of an event. */
  leave(): void
  /** The callback whose code is running, including work that it started and that runs later. */
  current(): Caller | undefined
  /** The first callback exists: listen for uncaught errors. */
  open(leaked: (caller: Caller, error: unknown, kind: UncaughtKind) => void): void
  /** A new callback exists. */
  add(caller: Caller): void
  close(): void
}

/** The dependencies of the callback module. */
export interface CallbackPorts {
  readonly loader: CallbackLoader
  /** A clock in milliseconds, from any origin. */
  readonly now: () => number
  readonly guard: CallGuard
}

/**
 * A guard for hosts that cannot follow asynchronous calls: it knows which callback is currently running, and catches
 * nothing.
 */
export function plainGuard(): CallGuard {
  let running: Caller | undefined
  return {
    begin: () => {},
    enter: (caller) => {
      running = caller
    },
    leave: () => {
      running = undefined
    },
    current: () => running,
    open: () => {},
    add: () => {},
    close: () => {},
  }
}
