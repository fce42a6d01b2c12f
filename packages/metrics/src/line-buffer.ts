import type { LineSink, SinkFailure } from './sink.ts'

/** The maximum size in memory while the disk is full, before the oldest lines are dropped: 32 MiB of UTF-16 text. */
export const MAX_PENDING_CHARACTERS: number = 16 * 1024 * 1024

/**
 * Buffers lines for a sink and writes many lines at once, at most every `flushMs` milliseconds.
 *
 * While the sink is failing, lines stay in memory up to a limit. Beyond the limit, the oldest lines are dropped and counted.
 */
export class LineBuffer {
  readonly #sink: LineSink
  readonly #flushMs: number
  readonly #maxPending: number
  #text = ''
  // Lines that the sink has not accepted yet, oldest first; `#text` is newer than all of them.
  #waiting: string[] = []
  #waitingLength = 0
  #lastFlush = Number.NEGATIVE_INFINITY
  // The number of lines that the sink has accepted but could not write.
  #held = 0
  #dropped = 0
  #left = false
  #failure: SinkFailure | null = null

  constructor(sink: LineSink, options: { readonly flushMs: number; readonly maxPending: number }) {
    this.#sink = sink
    this.#flushMs = options.flushMs
    this.#maxPending = options.maxPending
  }

  /** Whether there is anything to write. If not, there is no need to read the clock. */
  get pending(): boolean {
    return this.#text !== '' || this.#waiting.length > 0 || this.#failure !== null
  }

  /** The number of lines dropped because of lack of space. */
  get dropped(): number {
    return this.#dropped
  }

  /** The reason why lines are not on disk; null if they are. */
  get failure(): SinkFailure | null {
    return this.#failure
  }

  /** Passes the run directory to the sink. */
  attach(runDir: string | undefined): void {
    this.#sink.attach?.(runDir)
  }

  /** Adds one line that ends in `\n`. */
  add(line: string): void {
    if (!this.#left) this.#text += line
  }

  /** Stops writing, because another process now owns the file. Pending and later lines are dropped. */
  leave(): void {
    this.#left = true
    this.#text = ''
    this.#waiting = []
    this.#waitingLength = 0
    this.#held = 0
    this.#failure = null
  }

  /** Writes if `nowMs` is `flushMs` after the last write, or if the buffer is large. */
  flushIfDue(nowMs: number): void {
    if (nowMs - this.#lastFlush >= this.#flushMs || this.#text.length > EARLY_FLUSH) this.flush(nowMs)
  }

  /** Writes all pending lines. */
  flush(nowMs: number): void {
    if (this.#left) return
    this.#lastFlush = nowMs
    // Lines that the sink still holds from a failed write must be written first.
    if (this.#failure !== null) this.#failure = this.#sink.flush()
    if (this.#failure !== null) {
      this.#wait()
      return
    }
    const text = this.#waiting.length === 0 ? this.#text : `${this.#waiting.join('')}${this.#text}`
    this.#text = ''
    this.#waiting = []
    this.#waitingLength = 0
    if (text !== '') this.#failure = this.#sink.append(text)
    this.#held = this.#failure === null ? 0 : countLines(text)
  }

  /** Makes written lines durable (fsync). */
  sync(): void {
    if (!this.#left && this.#failure === null) this.#failure = this.#sink.sync?.() ?? null
  }

  /** Closes the sink. Lines that could not be written are dropped and counted. */
  close(): void {
    this.#dropped += this.#held + countLines(this.#waiting.join('')) + countLines(this.#text)
    this.#held = 0
    this.#waiting = []
    this.#text = ''
    this.#sink.close?.()
  }

  #wait(): void {
    if (this.#text !== '') {
      this.#waiting.push(this.#text)
      this.#waitingLength += this.#text.length
      this.#text = ''
    }
    let excess = this.#waitingLength - this.#maxPending
    let gone = 0
    while (excess > 0) {
      const oldest = this.#waiting[gone++]
      if (oldest === undefined) break
      excess -= oldest.length
      this.#waitingLength -= oldest.length
      this.#dropped += countLines(oldest)
    }
    if (gone > 0) this.#waiting.splice(0, gone)
  }
}

// Larger writes do not cost less per byte, so there is no reason to buffer more text.
const EARLY_FLUSH = 256 * 1024

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
