import { messageOf } from '@hotcb/protocol'
import { HistoryFile } from './history-file.ts'
import type { HistoryMessage, HistoryRequest, HistoryWorkerData } from './messages.ts'
import { SAMPLE_BYTES } from './sample.ts'

interface OpenFile {
  readonly history: HistoryFile
  readonly waiting: HistoryRequest[]
  watched: boolean
  /** Whether anything has changed since the watcher was last notified. */
  changed: boolean
}

// A remainder of this size is read immediately, before the answer.
const PROMPT_BYTES = 8 * 1024 * 1024
// Reading pauses while requests arrive, and each turn ends after a few milliseconds.
const QUIET_MS = 40
const LONGEST_PAUSE_MS = 200
const SLICES_MS = 15

/** Reads a history store's open files slice by slice, and answers queries in between. */
export class HistoryServer {
  readonly #files = new Map<number, OpenFile>()
  readonly #memoryBytes: number
  readonly #send: (message: HistoryMessage) => void
  #reading = false
  #askedMs = 0
  #readMs = 0

  /** @param send Called with each answer, and with each change of a watched file. */
  constructor({ memoryBytes }: Pick<HistoryWorkerData, 'memoryBytes'>, send: (message: HistoryMessage) => void) {
    this.#memoryBytes = memoryBytes
    this.#send = send
  }

  /** Handles a request. A failure is sent as an answer. */
  receive(request: HistoryRequest): void {
    this.#askedMs = performance.now()
    try {
      this.#handle(request)
    } catch (error) {
      this.#send({ kind: 'failure', id: request.id, message: messageOf(error) })
    }
  }

  /** Checks the watched files for changes. */
  check(): void {
    for (const [key, file] of this.#files) {
      if (!file.watched) continue
      if (file.history.refresh()) file.changed = true
      if (isPrompt(file)) catchUp(file)
      if (!file.changed) continue
      file.changed = false
      this.#send({ kind: 'change', file: key, overview: file.history.overview() })
    }
    this.#readOn()
  }

  #handle(request: HistoryRequest): void {
    if (request.kind === 'open') {
      const history = new HistoryFile(request.path, request)
      this.#files.set(request.file, { history, waiting: [], watched: false, changed: false })
      history.refresh(this.#sampleBytes())
      this.#readOn()
      return
    }
    const file = this.#files.get(request.file)
    if (file === undefined) throw new Error('this history is closed')
    if (request.kind === 'watch' || request.kind === 'unwatch') {
      file.watched = request.kind === 'watch'
      return
    }
    if (request.kind === 'close') {
      for (const { id } of file.waiting) this.#send({ kind: 'failure', id, message: 'this history is closed' })
      this.#files.delete(request.file)
      file.history.close()
      this.#answer(request.id, null)
      return
    }
    file.history.refresh(this.#sampleBytes())
    if (isPrompt(file)) catchUp(file)
    this.#readOn()
    if (request.kind === 'overview') this.#answer(request.id, file.history.overview())
    else if (request.kind === 'windows') this.#answer(request.id, file.history.windows(request.requests))
    else if (request.kind === 'stats') this.#answer(request.id, file.history.stats(request.requests))
    else if (request.kind === 'around') this.#answer(request.id, file.history.pointsAround(request.requests))
    else if (file.history.behind === 0) this.#answer(request.id, file.history.overview())
    else file.waiting.push(request)
    this.#bound(request.file, file)
  }

  /** Frees memory of the least recently used files first: cached series, then everything. */
  #bound(key: number, newest: OpenFile): void {
    this.#files.delete(key)
    this.#files.set(key, newest)
    const limit = this.#memoryBytes
    let bytes = 0
    for (const { history } of this.#files.values()) bytes += history.bytes
    for (const release of [false, true]) {
      for (const file of this.#files.values()) {
        if (bytes <= limit) return
        const before = file.history.bytes
        if (!release) file.history.trim(limit - (bytes - before))
        else if (file !== newest && !file.watched && file.history.behind === 0) file.history.release()
        bytes -= before - file.history.bytes
      }
    }
  }

  /**
   * Returns how much of a long file to read for its first answer. The amount is smaller if many files are opened at once, for
   * example to compare them.
   */
  #sampleBytes(): number {
    let unread = 1
    for (const { history } of this.#files.values()) if (history.behind > 0) unread++
    return SAMPLE_BYTES / unread
  }

  #readOn(): void {
    if (this.#reading) return
    this.#reading = true
    this.#readMs = performance.now()
    setImmediate(this.#readSlices)
  }

  /** Reads for a few milliseconds. Incoming requests are answered first, from samples. */
  readonly #readSlices = (): void => {
    const nowMs = performance.now()
    if (nowMs - this.#askedMs < QUIET_MS && nowMs - this.#readMs < LONGEST_PAUSE_MS) {
      setTimeout(this.#readSlices, QUIET_MS)
      return
    }
    let file = this.#shortest()
    for (; file !== undefined && performance.now() - nowMs < SLICES_MS; file = this.#shortest()) {
      file.history.step()
      file.changed = true
      if (file.history.behind === 0) this.#release(file)
    }
    this.#readMs = performance.now()
    this.#reading = file !== undefined
    if (this.#reading) setImmediate(this.#readSlices)
  }

  /**
   * Returns the file with the fewest unread bytes. Reading one file after another needs memory for only one file, because its data is
   * moved to disk at the end.
   */
  #shortest(): OpenFile | undefined {
    let found: OpenFile | undefined
    for (const file of this.#files.values()) {
      const { behind } = file.history
      if (behind > 0 && (found === undefined || behind < found.history.behind)) found = file
    }
    return found
  }

  #release(file: OpenFile): void {
    for (const { id } of file.waiting.splice(0)) this.#answer(id, file.history.overview())
  }

  #answer(id: number, value: unknown): void {
    this.#send({ kind: 'answer', id, value })
  }
}

function isPrompt({ history }: OpenFile): boolean {
  return history.behind > 0 && history.behind <= PROMPT_BYTES
}

function catchUp(file: OpenFile): void {
  while (file.history.behind > 0) file.history.step()
  file.changed = true
}
