import { AsyncLocalStorage } from 'node:async_hooks'
import { warn } from '@hotcb/protocol/node'
import type { Caller, UncaughtKind } from '../ports.ts'

/** Tracks what callbacks start, catches their uncaught errors, and knows which callback ended the process. */
export interface StrayErrors {
  enter(caller: Caller): void
  leave(): void
  current(): Caller | undefined
  /** From now until the end of the process: work started by callbacks may fail after their kernel is closed. */
  open(leaked: (caller: Caller, error: unknown, kind: UncaughtKind) => void): void
}

/**
 * Attribution of unhandled rejections and uncaught exceptions by the asynchronous context in which they began.
 *
 * Errors from outside any callback are left to the process: to its other listeners, or to end it as usual.
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

/** Handles an error if it comes from one of its callbacks. */
type Claim = (error: unknown, kind: UncaughtKind) => boolean

// All kernels of the process share one set of listeners.
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
  // A listener prevents the process from ending on a rejection of the trainer itself: if there is no other listener, we
  // end it.
  if (process.listenerCount('unhandledRejection') === 1) rethrow(reason)
}

function onException(error: unknown): void {
  if (isClaimed(error, 'exception')) return
  if (process.listenerCount('uncaughtException') === 1) rethrow(error)
}

// It is too late to prevent it, but the callback can be reported.
function onExit(code: number): void {
  isClaimed(code, 'exit')
}

// A person at the terminal should not have to search a log for the reason.
function sayWhoEnded({ id }: Caller, code: unknown): void {
  warn(`hotcb: callback \`${id}\` ended the process with code ${code}`)
}

function isClaimed(error: unknown, kind: UncaughtKind): boolean {
  for (const claim of claims) if (claim(error, kind)) return true
  return false
}

function rethrow(error: unknown): void {
  process.off('unhandledRejection', onRejection)
  process.off('uncaughtException', onException)
  // Thrown from here it would end the process with code 7, as an error of a listener.
  process.nextTick(() => {
    throw error
  })
}
