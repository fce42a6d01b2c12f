import { Worker } from 'node:worker_threads'
import type { Caller } from '../ports.ts'
import { watchCalls } from './watchdog-thread.ts'

/** Watches from another thread how long a call has been running. */
export interface Watchdog {
  enter(caller: Caller, step: number): void
  leave(): void
  open(): void
  close(): void
}

export interface WatchdogOptions {
  /** File that gets a line about a call that does not end; so does stderr. */
  readonly logPath: () => string | null
  /** Milliseconds after which a call is named. */
  readonly slowMs: number
}

/**
 * A thread that says which callback has been blocking the training, and for how long: once after `slowMs`, then each
 * time that has doubled, and when it is over.
 *
 * Entering and leaving are a few writes to shared memory. The thread starts with the first callback, and ends with the
 * process.
 */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const shared = new Float64Array(new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT))
  const numbers = new Map<string, number>()
  let worker: Worker | null = null
  let calls = 0

  function numberOf(id: string): number {
    const known = numbers.get(id)
    if (known !== undefined) return known
    const next = numbers.size + 1
    numbers.set(id, next)
    worker?.postMessage({ number: next, id })
    return next
  }

  return {
    enter(caller, step) {
      shared[1] = ++calls
      shared[2] = step
      shared[0] = numberOf(caller.id)
    },
    leave() {
      shared[0] = 0
    },
    open() {
      if (worker !== null) return
      worker = new Worker(`(${watchCalls.toString()})(require)`, {
        eval: true,
        workerData: { shared, slowMs: options.slowMs, logPath: options.logPath() },
        execArgv: [],
      })
      // A host that forbids threads has no watchdog; nothing else depends on it.
      worker.on('error', () => {
        worker = null
      })
      for (const [id, number] of numbers) worker.postMessage({ number, id })
      worker.unref()
    },
    close() {
      void worker?.terminate()
      worker = null
    },
  }
}
