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
   * Checks whether the files differ from the bytes that ran, or from those last reported here. Null if there is nothing to watch.
   */
  readonly look: (() => 'same' | 'changed' | 'gone') | null
}

/** Why nothing was loaded, in one line, with the stack trace if an error was thrown. */
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

/** The identity of a running callback: the part of its record that a guard uses. */
export interface Caller {
  readonly id: string
  /** Unique in this process, starting from 1. */
  readonly number: number
}

/** The kind of an uncaught event: an error, or the exit of the whole process with its exit code. */
export type UncaughtKind = 'rejection' | 'exception' | 'exit'

/**
 * Is notified of every call, and so can determine which callback is running and which one caused a stray error. It
 * must cost very little.
 */
export interface CallGuard {
  /** Called before the first call of an event. */
  begin(step: number): void
  enter(caller: Caller): void
  /** Called after the last call of an event. */
  leave(): void
  /** Returns the callback whose code is running, even in work that it started earlier. */
  current(): Caller | undefined
  /** Called for the first callback: starts listening for uncaught errors. */
  open(leaked: (caller: Caller, error: unknown, kind: UncaughtKind) => void): void
  /** Called for each new callback. */
  add(caller: Caller): void
  close(): void
}

/** The dependencies of the callback module. */
export interface CallbackPorts {
  readonly loader: CallbackLoader
  /** A clock in milliseconds, with any origin. */
  readonly now: () => number
  readonly guard: CallGuard
}

/**
 * Creates a guard for hosts that cannot follow asynchronous calls. It only tracks which callback is running, and
 * catches nothing.
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
