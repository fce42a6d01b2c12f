import { Worker } from 'node:worker_threads'
import { printable } from '@hotcb/protocol'
import type { CallGuard } from '../ports.ts'
import { watchCalls } from './watchdog-thread.ts'

/** Measures from a separate thread how long a call runs. */
export type Watchdog = Pick<CallGuard, 'begin' | 'enter' | 'leave' | 'add' | 'close'> & { open(): void }

export interface WatchdogOptions {
  /** The file for lines about calls that do not return. The lines also go to stderr. */
  readonly logPath: () => string | null
  /** Milliseconds after which a call is reported. */
  readonly slowMs: number
}

/**
 * Creates a thread that reports which callback is blocking the training, and for how long: once after `slowMs`, then
 * each time the duration has doubled, and at the end.
 *
 * Entering and leaving cost a few writes to shared memory. The thread starts with the first callback and ends when the process exits.
 */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT))
  const ids = new Map<number, string>()
  let worker: Worker | null = null
  let event = 0

  return {
    begin(step) {
      event = (event + 1) | 0
      shared[1] = event
      // Steps beyond 2^31 wrap, which is acceptable because they are only shown to people.
      shared[2] = step | 0
    },
    enter(caller) {
      shared[0] = caller.number
    },
    leave() {
      shared[0] = 0
    },
    add({ number, id }) {
      const name = printable(id)
      ids.set(number, name)
      worker?.postMessage({ number, id: name })
    },
    open() {
      if (worker !== null) return
      worker = new Worker(`(${watchCalls.toString()})(require)`, {
        eval: true,
        workerData: { shared, slowMs: options.slowMs, logPath: options.logPath() },
        execArgv: [],
      })
      // A host that forbids threads has no watchdog. Nothing else depends on it.
      worker.on('error', () => {
        worker = null
      })
      for (const [number, id] of ids) worker.postMessage({ number, id })
      worker.unref()
    },
    close() {
      void worker?.terminate()
      worker = null
    },
  }
}
