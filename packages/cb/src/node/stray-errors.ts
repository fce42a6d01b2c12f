import { AsyncLocalStorage } from 'node:async_hooks'
import type { Caller } from '../ports.ts'

/** Follows what callbacks start, and catches what of it nobody caught. */
export interface StrayErrors {
  enter(caller: Caller): void
  leave(): void
  current(): Caller | undefined
  open(leaked: (caller: Caller, error: unknown, kind: 'rejection' | 'exception') => void): void
  close(): void
}

/**
 * Attribution of unhandled rejections and uncaught exceptions by the asynchronous context in which they began.
 *
 * What began outside of any callback is left to the process: to its other listeners, or to end it as ever.
 */
export function createStrayErrors(): StrayErrors {
  const context = new AsyncLocalStorage<Caller | undefined>()
  let leaked: ((caller: Caller, error: unknown, kind: 'rejection' | 'exception') => void) | null = null

  function onRejection(reason: unknown): void {
    const caller = context.getStore()
    if (caller !== undefined) leaked?.(caller, reason, 'rejection')
    // A listener keeps the process from ending on a rejection of the trainer's own: without another, we end it.
    else if (process.listenerCount('unhandledRejection') === 1) rethrow(reason)
  }

  function onException(error: unknown): void {
    const caller = context.getStore()
    if (caller !== undefined) leaked?.(caller, error, 'exception')
    else if (process.listenerCount('uncaughtException') === 1) rethrow(error)
  }

  function rethrow(error: unknown): void {
    close()
    // Thrown from here it would end the process with code 7, as an error of a listener.
    process.nextTick(() => {
      throw error
    })
  }

  function close(): void {
    if (leaked === null) return
    leaked = null
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onException)
  }

  return {
    enter: (caller) => context.enterWith(caller),
    leave: () => context.enterWith(undefined),
    current: () => context.getStore(),
    open(listener) {
      if (leaked === null) {
        process.on('unhandledRejection', onRejection)
        process.on('uncaughtException', onException)
      }
      leaked = listener
    },
    close,
  }
}
