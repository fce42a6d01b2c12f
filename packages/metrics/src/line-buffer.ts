import type { LineSink, SinkFailure } from './sink.ts'

/** How many bytes a full disk may keep in memory before the oldest lines go: 32 MiB of UTF-16 text at most. */
export const MAX_PENDING_CHARACTERS: number = 16 * 1024 * 1024

/**
 * Lines on their way to a sink: one write for many, at most every `flushMs` of running time.
 *
 * While the sink fails, lines stay in memory up to a bound; then the oldest are dropped and counted.
 */
export class LineBuffer {
  readonly #sink: LineSink
  readonly #flushMs: number
  readonly #maxPending: number
  #text = ''
  // Lines that the sink could not take yet, oldest first; `#text` is newer than all of them.
  #waiting: string[] = []
  #waitingLength = 0
  #lastFlush = Number.NEGATIVE_INFINITY
  // Lines that the sink has and could not write.
  #held = 0
  #dropped = 0
  #left = false
  #failure: SinkFailure | null = null

  constructor(sink: LineSink, options: { readonly flushMs: number; readonly maxPending: number }) {
    this.#sink = sink
    this.#flushMs = options.flushMs
    this.#maxPending = options.maxPending
  }

  /** Whether there is anything to write: the clock need not be asked otherwise. */
  get pending(): boolean {
    return this.#text !== '' || this.#waiting.length > 0 || this.#failure !== null
  }

  /** Lines given up for want of space. */
  get dropped(): number {
    return this.#dropped
  }

  /** What keeps lines from the disk, null when nothing does. */
  get failure(): SinkFailure | null {
    return this.#failure
  }

  /** Tells the sink the run directory. */
  attach(runDir: string | undefined): void {
    this.#sink.attach?.(runDir)
  }

  /** Takes one line that ends in `\n`. */
  add(line: string): void {
    if (!this.#left) this.#text += line
  }

  /** The file is another's from here on: what is there, and what comes, is let go. */
  leave(): void {
    this.#left = true
    this.#text = ''
    this.#waiting = []
    this.#waitingLength = 0
    this.#held = 0
    this.#failure = null
  }

  /** Writes if `nowMs` is `flushMs` after the last write, or if much has come together. */
  flushIfDue(nowMs: number): void {
    if (nowMs - this.#lastFlush >= this.#flushMs || this.#text.length > EARLY_FLUSH) this.flush(nowMs)
  }

  /** Writes what is there. */
  flush(nowMs: number): void {
    if (this.#left) return
    this.#lastFlush = nowMs
    // What the sink holds from a failed write must go first.
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

  /** Makes what was written safe against power loss. */
  sync(): void {
    if (!this.#left && this.#failure === null) this.#failure = this.#sink.sync?.() ?? null
  }

  /** Closes the sink; what could not be written is given up, and counted. */
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

// A write of this size costs the same a byte as a larger one: no reason to hold more text.
const EARLY_FLUSH = 256 * 1024

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++
  return lines
}
