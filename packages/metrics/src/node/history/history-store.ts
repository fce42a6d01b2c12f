import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { checkOptions, type OptionKeys, runFiles } from '@hotcb/protocol'
import { historyCacheDirectory } from './cache-directory.ts'
import type {
  AroundRequest,
  HistoryMessage,
  HistoryOverview,
  HistoryRequest,
  HistoryWorkerData,
  NamedPoints,
  NamedStats,
  SeriesRequest,
  SeriesWindow,
  StatsRequest,
} from './messages.ts'
import { historyWorkerFile } from './worker-file.ts'

/** Options for a history store. */
export interface HistoryStoreOptions {
  /**
   * The cache directory for histories of read-only run directories; false disables all caches on disk, including those
   * next to runs.
   * @defaultValue `hotcb/history` in the user's cache directory
   */
  readonly cacheDirectory?: string | false | undefined
  /**
   * The memory limit in bytes for all histories together. The least recently used ones are dropped and read again on
   * demand. Reading needs additional memory. @defaultValue 208 MiB
   */
  readonly memoryBytes?: number | undefined
  /** Milliseconds between checks of watched files. @defaultValue 50 */
  readonly pollMs?: number | undefined
}

const STORE_KEYS: OptionKeys<HistoryStoreOptions> = { cacheDirectory: true, memoryBytes: true, pollMs: true }

/** The histories of any number of runs. They are read in a separate thread. */
export interface HistoryStore {
  /** Opens the history of a run directory, which does not have to exist yet. */
  open(runDir: string, options?: OpenHistoryOptions): MetricHistory
  /** Closes every history and stops the thread. */
  close(): Promise<void>
}

/** The allowed location of a history's file. */
export interface OpenHistoryOptions {
  /**
   * Real paths of directories. The file is read, and its cache is written next to it, only if its real path is in one
   * of them.
   * @defaultValue anywhere
   */
  readonly within?: readonly string[]
}

/** The metrics of one run. Every query uses the current file. */
export interface MetricHistory {
  /** Returns an overview of the file and its names. */
  overview(): Promise<HistoryOverview>
  /** Returns the overview after the whole file has been read. */
  ready(): Promise<HistoryOverview>
  /** Returns one window per request, in order; undefined for an unknown name. */
  windows(requests: readonly SeriesRequest[]): Promise<(SeriesWindow | undefined)[]>
  /** Returns statistics over all points in a range, per request, in order; undefined for an unknown name. */
  stats(requests: readonly StatsRequest[]): Promise<(NamedStats | undefined)[]>
  /** Returns the points next to a step, per request, in order; undefined for an unknown name. */
  pointsAround(requests: readonly AroundRequest[]): Promise<(NamedPoints | undefined)[]>
  /**
   * Calls the listener whenever the file has changed or more of it has been read. Returns a function that stops the
   * calls.
   */
  watch(listener: (overview: HistoryOverview) => void): () => void
  close(): Promise<void>
}

/**
 * Opens a store. Its thread starts with the first history and does not keep the process alive while it is idle.
 *
 * @throws TypeError for an unknown option.
 */
export function openHistoryStore(options: HistoryStoreOptions = {}): HistoryStore {
  checkOptions('openHistoryStore', options, STORE_KEYS)
  return createHistoryStore(options, startThread)
}

/** Opens a store with a given kind of thread: the worker of this package, or a stand-in in the same process. */
export function createHistoryStore(
  options: HistoryStoreOptions,
  start: (data: HistoryWorkerData) => HistoryThread,
): HistoryStore {
  return new ThreadedStore(options, start)
}

/** The part of a worker that a store uses. */
export type HistoryThread = Pick<Worker, 'on' | 'postMessage' | 'ref' | 'unref' | 'terminate'>

function startThread(workerData: HistoryWorkerData): HistoryThread {
  const { url, options } = historyWorkerFile()
  return new Worker(url, { ...options, workerData })
}

/** A request without its ID and file. */
type Asked = HistoryRequest extends infer Each ? (Each extends unknown ? Omit<Each, 'id' | 'file'> : never) : never

interface Question {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

class ThreadedStore implements HistoryStore {
  readonly #options: HistoryStoreOptions
  readonly #questions = new Map<number, Question>()
  /** The request that opened each file. If the thread dies, its replacement receives these requests again. */
  readonly #files = new Map<number, HistoryRequest>()
  readonly #listeners = new Map<number, Set<(overview: HistoryOverview) => void>>()
  readonly #startThread: (data: HistoryWorkerData) => HistoryThread
  #worker: HistoryThread | undefined
  #nextId = 1
  #nextFile = 1
  #closed = false

  constructor(options: HistoryStoreOptions, start: (data: HistoryWorkerData) => HistoryThread) {
    this.#options = options
    this.#startThread = start
  }

  open(runDir: string, { within }: OpenHistoryOptions = {}): MetricHistory {
    if (this.#closed) throw new TypeError('this history store is closed')
    const file = this.#nextFile++
    const { cacheDirectory = historyCacheDirectory() } = this.#options
    const path = join(resolve(runDir), runFiles.metrics)
    this.#files.set(file, { id: 0, file, kind: 'open', path, cacheDirectory, within })
    // When a thread starts, it opens all files again.
    const worker = this.#worker
    if (worker === undefined) this.#start()
    else worker.postMessage(this.#files.get(file))
    // The worker answers each kind of request with the type given here.
    const ask = <Answer>(asked: Asked): Promise<Answer> =>
      this.#ask({ id: this.#nextId++, file, ...asked }) as Promise<Answer>
    return {
      overview: () => ask<HistoryOverview>({ kind: 'overview' }),
      ready: () => ask<HistoryOverview>({ kind: 'ready' }),
      windows: (requests) => ask<(SeriesWindow | undefined)[]>({ kind: 'windows', requests }),
      stats: (requests) => ask<(NamedStats | undefined)[]>({ kind: 'stats', requests }),
      pointsAround: (requests) => ask<(NamedPoints | undefined)[]>({ kind: 'around', requests }),
      watch: (listener) => this.#watch(file, listener),
      close: async () => {
        this.#listeners.delete(file)
        this.#files.delete(file)
        if (!this.#closed) await this.#ask({ id: this.#nextId++, file, kind: 'close' }).catch(() => undefined)
      },
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { reject } of this.#questions.values()) reject(new Error('this history store is closed'))
    this.#questions.clear()
    await this.#worker?.terminate()
  }

  #start(): HistoryThread {
    if (this.#worker !== undefined) return this.#worker
    const { pollMs = 50, memoryBytes = 208 * 1024 * 1024 } = this.#options
    const worker = this.#startThread({ pollMs, memoryBytes })
    worker.on('message', (message: HistoryMessage) => this.#hear(message))
    // If a thread exits with an error, the `error` event comes before `exit`.
    worker.on('error', (error) => this.#lose(worker, error))
    worker.on('exit', (code) => this.#lose(worker, new Error(`it exited with code ${code}`)))
    worker.unref()
    this.#worker = worker
    for (const opening of this.#files.values()) worker.postMessage(opening)
    for (const file of this.#listeners.keys())
      worker.postMessage({ id: 0, file, kind: 'watch' } satisfies HistoryRequest)
    return worker
  }

  #ask(request: HistoryRequest): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('this history store is closed'))
    return new Promise((resolve, reject) => {
      const worker = this.#start()
      this.#questions.set(request.id, { resolve, reject })
      worker.ref()
      worker.postMessage(request)
    })
  }

  #watch(file: number, listener: (overview: HistoryOverview) => void): () => void {
    const listeners = this.#listeners.get(file) ?? new Set()
    if (listeners.size === 0) this.#worker?.postMessage({ id: 0, file, kind: 'watch' } satisfies HistoryRequest)
    listeners.add(listener)
    this.#listeners.set(file, listeners)
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0 || this.#closed) return
      this.#listeners.delete(file)
      this.#worker?.postMessage({ id: 0, file, kind: 'unwatch' } satisfies HistoryRequest)
    }
  }

  #hear(message: HistoryMessage): void {
    if (message.kind === 'change') {
      for (const listener of this.#listeners.get(message.file) ?? []) listener(message.overview)
      return
    }
    const question = this.#questions.get(message.id)
    this.#questions.delete(message.id)
    if (this.#questions.size === 0) this.#worker?.unref()
    if (message.kind === 'answer') question?.resolve(message.value)
    else question?.reject(new Error(message.message))
  }

  /**
   * Rejects pending queries after the thread has died. A new thread starts with the next query, or now if files are
   * watched.
   */
  #lose(worker: HistoryThread, cause: Error): void {
    if (this.#closed || this.#worker !== worker) return
    this.#worker = undefined
    const asked = [...this.#questions.values()]
    this.#questions.clear()
    for (const { reject } of asked) reject(new Error('the history thread died: repeat the query', { cause }))
    if (this.#listeners.size > 0) setTimeout(() => this.#startForListeners(), RESTART_MS).unref()
  }

  #startForListeners(): void {
    if (!this.#closed && this.#listeners.size > 0) this.#start()
  }
}

/** The delay before a restart, so that a thread that dies immediately does not keep a core busy. */
const RESTART_MS = 1000
