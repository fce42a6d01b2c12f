import { EventEmitter } from 'node:events'
import { onTestFinished } from 'vitest'
import { HistoryServer } from '../src/node/history/history-server.ts'
import { createHistoryStore, type HistoryThread } from '../src/node/history/history-store.ts'
import type { HistoryMessage, HistoryRequest, HistoryWorkerData } from '../src/node/history/messages.ts'
import type { HistoryStore, HistoryStoreOptions } from '../src/node.ts'

/** Simulates a store's thread in this process. Like a real thread, it copies messages and keeps their order. */
export class LocalThread extends EventEmitter {
  readonly received: HistoryRequest[] = []
  readonly data: HistoryWorkerData
  /** Whether a real thread would keep the process alive. */
  isHeld = true
  isEnded = false
  readonly #timer: ReturnType<typeof setInterval>
  readonly #server: HistoryServer

  constructor(data: HistoryWorkerData) {
    super()
    this.data = data
    this.#server = new HistoryServer(data, (message: HistoryMessage) => {
      const copy = structuredClone(message)
      setImmediate(() => this.isEnded || this.emit('message', copy))
    })
    this.#timer = setInterval(() => this.#server.check(), data.pollMs)
  }

  postMessage(request: HistoryRequest): void {
    const copy = structuredClone(request)
    this.received.push(copy)
    setImmediate(() => this.isEnded || this.#server.receive(copy))
  }

  ref(): void {
    this.isHeld = true
  }

  unref(): void {
    this.isHeld = false
  }

  /** Ends like a real thread, with an event, unless it has already ended. */
  async terminate(): Promise<number> {
    clearInterval(this.#timer)
    if (!this.isEnded) {
      this.isEnded = true
      this.emit('exit', 1)
    }
    return 1
  }
}

/** Opens a store with threads that are simulated in this process. It is closed when the test ends. */
export function openLocalStore(options: HistoryStoreOptions = {}): {
  readonly store: HistoryStore
  readonly threads: LocalThread[]
} {
  const threads: LocalThread[] = []
  const store = createHistoryStore({ pollMs: 5, ...options }, (data) => {
    const thread = new LocalThread(data)
    threads.push(thread)
    // A store uses only the part of a worker that `LocalThread` has; its `on` has more overloads.
    return thread as unknown as HistoryThread
  })
  onTestFinished(() => store.close())
  return { store, threads }
}
