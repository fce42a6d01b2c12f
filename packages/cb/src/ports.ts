import type { CallbackTarget, Channel, SourceCapture } from '@hotcb/protocol'

/** What is to be loaded. With a capture, those bytes run and no others. */
export interface LoadRequest {
  readonly target: CallbackTarget
  readonly capture: SourceCapture | null
  readonly channel: Channel
  /** The instance that is to be made: a host knows it by this number. */
  readonly caller: Caller
}

/** What a target's symbol evaluated to. */
export interface Loaded {
  /** A class, a factory, or a callback. */
  readonly exported: unknown
  /** Which bytes ran; null for packages. */
  readonly capture: SourceCapture | null
  readonly notes: string | null
  /** Whether the files hold other bytes than those that ran, or than those last reported here. Null: nothing to watch. */
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

/** Who is running: the part of a callback's record that a guard sees. */
export interface Caller {
  readonly id: string
  /** Its own in this process, from 1. */
  readonly number: number
}

/** What nobody caught: an error, or, with its code, the end of the whole process. */
export type Stray = 'rejection' | 'exception' | 'exit'

/** What stands around every call: knows who is running, and whose a stray error is. Must be cheap. */
export interface CallGuard {
  /** Before the first call of an event. */
  begin(step: number): void
  enter(caller: Caller): void
  /** After the last call of an event. */
  leave(): void
  /** Whose code is running, also in what was started by it and runs later. */
  current(): Caller | undefined
  /** The first callback is there: listen for what nobody caught. */
  open(leaked: (caller: Caller, error: unknown, kind: Stray) => void): void
  /** A callback is there that was not before. */
  add(caller: Caller): void
  close(): void
}

/** What the callback module needs from its host. */
export interface CallbackPorts {
  readonly loader: CallbackLoader
  /** Milliseconds from any origin. */
  readonly now: () => number
  readonly guard: CallGuard
}

/** A guard for hosts that cannot follow asynchronous calls: it knows who is running right now, and catches nothing. */
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
