import { AsyncLocalStorage } from 'node:async_hooks'
import { warn } from '@hotcb/protocol/node'
import type { Caller, UncaughtKind } from '../ports.ts'

/** Tracks the work that callbacks start, catches their uncaught errors, and reports which callback terminated the process. */
export interface StrayErrors {
  enter(caller: Caller): void
  leave(): void
  current(): Caller | undefined
  /** Listens until the process exits, because work started by callbacks may fail after their kernel is closed. */
  open(leaked: (caller: Caller, error: unknown, kind: UncaughtKind) => void): void
}

/**
 * Attributes unhandled rejections and uncaught exceptions to callbacks by the asynchronous context in which they began.
 *
 * Errors that do not come from a callback are left to the process's other listeners, or terminate it as usual.
 */
export function createStrayErrors(): StrayErrors {
  const context = new AsyncLocalStorage<Caller | undefined>()
  let isOpen = false
  return {
    enter: (caller) => context.enterWith(caller),
    leave: () => context.enterWith(undefined),
    current: () => context.getStore(),
    open(leaked) {
      if (isOpen) return
      isOpen = true
      listen((error, kind) => {
        const caller = context.getStore()
        if (caller === undefined) return false
        leaked(caller, error, kind)
        if (kind === 'exit') sayWhoEnded(caller, error)
        return true
      })
    },
  }
}

/** Handles an error if it comes from a callback of this kernel. Returns whether it did. */
type Claim = (error: unknown, kind: UncaughtKind) => boolean

// All kernels in the process share one set of listeners.
const claims = new Set<Claim>()

function listen(claim: Claim): void {
  if (claims.size === 0) {
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onException)
    process.on('exit', onExit)
  }
  claims.add(claim)
}

function onRejection(reason: unknown): void {
  if (isClaimed(reason, 'rejection')) return
  // Our listener keeps the process alive after a rejection in the trainer itself. If there is no other listener, we terminate
  // the process.
  if (process.listenerCount('unhandledRejection') === 1) rethrow(reason)
}

function onException(error: unknown): void {
  if (isClaimed(error, 'exception')) return
  if (process.listenerCount('uncaughtException') === 1) rethrow(error)
}

// It is too late to prevent the exit, but the callback can be reported.
function onExit(code: number): void {
  isClaimed(code, 'exit')
}

// Writes the reason to the terminal, so that nobody has to search a log for it.
function sayWhoEnded({ id }: Caller, code: unknown): void {
  warn(`hotcb: callback \`${id}\` terminated the process with code ${code}`)
}

function isClaimed(error: unknown, kind: UncaughtKind): boolean {
  for (const claim of claims) if (claim(error, kind)) return true
  return false
}

function rethrow(error: unknown): void {
  process.off('unhandledRejection', onRejection)
  process.off('uncaughtException', onException)
  // If it were thrown directly, the error would terminate the process with code 7, like any error in a listener.
  process.nextTick(() => {
    throw error
  })
}
