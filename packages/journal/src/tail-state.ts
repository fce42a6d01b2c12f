import { byteOrderMark, NEWLINE } from './block.ts'
import type { IoFailure } from './errors.ts'
import { type LineSink, MAX_LINE_BYTES, type OversizedLine, splitLines, type TailLine } from './line.ts'
import { findNewline, type Reading } from './reading.ts'
import { runningMs } from './running-ms.ts'

/** The result of one `read()` of a tail. */
export interface TailBatch {
  readonly lines: readonly TailLine[]
  /**
   * Set when these lines start over at the beginning of the file, because another file has replaced this one, or this
   * one was truncated or rewritten.
   */
  readonly reset: 'replaced' | 'truncated' | 'rewritten' | null
  /** Whether more can be read immediately. */
  readonly more: boolean
  /** Lines over `maxLineBytes`, which are skipped. */
  readonly oversized: readonly OversizedLine[]
  /** Why nothing could be read; the next `read()` tries again. A missing file is not a failure. */
  readonly failure: IoFailure | null
}

/** How lines are read from a growing file. */
export interface TailStateOptions {
  /** The offset to begin at, which must be the first byte of a line. @defaultValue 0 */
  readonly from?: number
  /**
   * A clock in milliseconds, with an arbitrary origin; measures the wait for a line with U+0000. @defaultValue
   * `runningMs`
   */
  readonly now?: () => number
  /** How long to wait for the missing bytes of a line with U+0000, in milliseconds. @defaultValue 5000 */
  readonly nulWaitMs?: number
  /** Longer lines are skipped and reported, not counting the `\n`. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
}

/** The serial number of the file that is currently at the path, and its size in bytes. */
export interface SeenFile {
  readonly serial: number
  readonly size: number
}

/** The default number of bytes to read at once. */
export const DEFAULT_READ_BYTES: number = 1024 * 1024

/** The batch of a read that found nothing new. */
export const EMPTY_BATCH: TailBatch = Object.freeze({
  lines: Object.freeze([]),
  reset: null,
  more: false,
  oversized: Object.freeze([]),
  failure: null,
})

const MARK_BYTES = 256
// From this length on, only the end of an unfinished line is searched, so that the line is not read again each time.
const LONG_LINE_BYTES = 64 * 1024

/** Tracks how far a growing file of lines has been read, and which lines are complete. It does not read anything itself. */
export class TailState {
  readonly #now: () => number
  readonly #nulWaitMs: number
  readonly #maxLineBytes: number
  #offset: number
  #serial = 0
  // The last bytes before #offset. If the file has other bytes there, it was rewritten in place.
  readonly #mark: Buffer = Buffer.alloc(MARK_BYTES)
  #markLength = 0
  // The number of bytes from #offset on that are known to contain no newline.
  #scanned = 0
  // The end of the line with U+0000 that is not returned yet; -1 if there is none. All such lines before #waitedSize,
  // the size when the wait began, existed at #waitedSince, so one wait is enough for all of them.
  #heldEnd = -1
  #waitedSince = 0
  #waitedSize = -1
  /** Whether `read` may return something even if the file has not changed. */
  isUnread = false

  constructor(options: TailStateOptions) {
    this.#now = options.now ?? runningMs
    this.#nulWaitMs = options.nulWaitMs ?? 5000
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
    this.#offset = options.from ?? 0
    if (!Number.isSafeInteger(this.#offset) || this.#offset < 0) {
      throw new RangeError(`\`from\` must be a whole number >= 0, got ${this.#offset}`)
    }
  }

  get maxLineBytes(): number {
    return this.#maxLineBytes
  }

  get offset(): number {
    return this.#offset
  }

  /** Records the file to which the offset `from` belongs. */
  *begin(serial: number): Reading<void> {
    this.#serial = serial
    this.isUnread = true
    yield* this.#takeMark()
  }

  /** Moves to the first byte of a line. */
  *goTo(offset: number, serial: number): Reading<void> {
    this.#restart('replaced')
    this.#offset = offset
    yield* this.begin(serial)
  }

  *read({ serial, size }: SeenFile, maxBytes: number): Reading<TailBatch> {
    this.isUnread = false
    const reset = yield* this.#settle(serial, size)
    if (this.#offset === 0) yield* this.#passByteOrderMark()
    const sink: LineSink = { lines: [], oversized: [] }
    const isLong = this.#scanned >= Math.min(maxBytes, LONG_LINE_BYTES)
    yield* isLong ? this.#readLongLine(size, maxBytes, sink) : this.#readChunk(size, maxBytes, sink)
    const more = this.#heldEnd < 0 && this.#offset + this.#scanned < size
    this.isUnread = more || this.#heldEnd >= 0
    if (reset === null && sink.lines.length === 0 && sink.oversized.length === 0 && !more) return EMPTY_BATCH
    return { ...sink, reset, more, failure: null }
  }

  /** Checks that the bytes read before are unchanged; if not, starts over at 0. */
  *#settle(serial: number, size: number): Reading<TailBatch['reset']> {
    if (this.#serial !== serial) {
      // A caller that begins at `from` refers to an existing file. If a file appears only later, it is not the one that
      // the caller meant.
      const isFirst = this.#serial === 0 && this.#offset === 0
      this.#serial = serial
      if (!isFirst) return this.#restart('replaced')
    }
    if (size < this.#offset) return this.#restart('truncated')
    if (!(yield* this.#marksMatch())) return this.#restart('rewritten')
    if (size < this.#offset + this.#scanned) this.#scanned = 0
    return null
  }

  #restart<Reason>(reason: Reason): Reason {
    this.#offset = 0
    this.#markLength = 0
    this.#scanned = 0
    this.#heldEnd = -1
    this.#waitedSize = -1
    return reason
  }

  *#passByteOrderMark(): Reading<void> {
    const bytes = yield { at: 0, length: 3 }
    const length = byteOrderMark(bytes)
    this.#pushMark(bytes, length)
    this.#offset = length
    this.#scanned = Math.max(0, this.#scanned - length)
  }

  *#marksMatch(): Reading<boolean> {
    const length = this.#markLength
    if (length === 0) return true
    const now = yield { at: this.#offset - length, length }
    return now.length === length && now.compare(this.#mark, 0, length, 0, length) === 0
  }

  *#takeMark(): Reading<void> {
    const length = Math.min(MARK_BYTES, this.#offset)
    const bytes = yield { at: this.#offset - length, length }
    bytes.copy(this.#mark)
    // If fewer bytes were read, the file is shorter than `from`, and the first read reports it as truncated.
    this.#markLength = bytes.length === length ? length : 0
  }

  *#readChunk(size: number, maxBytes: number, sink: LineSink): Reading<void> {
    const limit = this.#heldEnd > this.#offset ? this.#heldEnd - this.#offset : maxBytes
    const bytes = yield { at: this.#offset, length: Math.min(size - this.#offset, limit) }
    if (this.#take(bytes, size, sink)) return
    if (this.#offset + bytes.length < size) yield* this.#readLongLine(size, maxBytes, sink)
  }

  /** Handles a first line that is longer than a chunk: finds its end, then reads it completely, unless it is too long. */
  *#readLongLine(size: number, maxBytes: number, sink: LineSink): Reading<void> {
    // The search covers a whole line if it can be returned. A line that is too long is skipped piece by piece.
    const far = this.#offset + Math.max(this.#maxLineBytes + 1, this.#scanned + maxBytes)
    const end = Math.min(size, far)
    const newline = yield* findNewline(this.#offset + this.#scanned, end)
    if (newline < 0) {
      this.#scanned = end - this.#offset
      return
    }
    const length = newline + 1 - this.#offset
    if (length - 1 > this.#maxLineBytes) {
      sink.oversized.push({ offset: this.#offset, bytes: length })
      this.#offset += length
      this.#scanned = 0
      yield* this.#takeMark()
      return
    }
    this.#take(yield { at: this.#offset, length }, size, sink)
  }

  /** Takes the complete lines of `bytes`, which begin at the offset; false if there is none. */
  #take(bytes: Buffer, size: number, sink: LineSink): boolean {
    const end = bytes.lastIndexOf(NEWLINE) + 1
    const consumed = this.#splitUpToHeld(bytes.subarray(0, end), size, sink)
    this.#pushMark(bytes, consumed)
    this.#offset += consumed
    this.#scanned = this.#heldEnd < 0 ? bytes.length - end : 0
    return end > 0
  }
  /**
   * Splits `bytes`, all of them complete lines, up to the first that must wait; returns the number of bytes before it.
   */
  #splitUpToHeld(bytes: Buffer, size: number, sink: LineSink): number {
    const base = this.#offset
    this.#heldEnd = -1
    let at = 0
    for (let nul = bytes.indexOf(0); nul >= 0; nul = bytes.indexOf(0, at)) {
      const lineStart = Math.max(at, bytes.lastIndexOf(NEWLINE, nul) + 1)
      const lineEnd = bytes.indexOf(NEWLINE, nul) + 1
      splitLines(bytes, at, lineStart, base, this.#maxLineBytes, sink)
      at = lineStart
      if (this.#mustWait(base + lineEnd, size)) {
        this.#heldEnd = base + lineEnd
        return at
      }
      splitLines(bytes, at, lineEnd, base, this.#maxLineBytes, sink)
      at = lineEnd
    }
    splitLines(bytes, at, bytes.length, base, this.#maxLineBytes, sink)
    return bytes.length
  }

  #mustWait(lineEnd: number, size: number): boolean {
    const now = this.#now()
    if (lineEnd > this.#waitedSize) {
      this.#waitedSince = now
      this.#waitedSize = size
    }
    return now - this.#waitedSince < this.#nulWaitMs
  }

  #pushMark(bytes: Buffer, end: number): void {
    const added = Math.min(end, MARK_BYTES)
    const kept = Math.min(this.#markLength, MARK_BYTES - added)
    this.#mark.copyWithin(0, this.#markLength - kept, this.#markLength)
    bytes.copy(this.#mark, kept, end - added, end)
    this.#markLength = kept + added
  }
}
