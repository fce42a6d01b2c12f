import { byteOrderMark, findNewline, NEWLINE, readFully, scratchBuffer } from './block.ts'
import { type IoFailure, ioFailure } from './errors.ts'
import { HeldFile } from './held-file.ts'
import { type LineSink, MAX_LINE_BYTES, type OversizedLine, splitLines, type TailLine } from './line.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** What one `read()` of a tail gave. */
export interface TailBatch {
  readonly lines: readonly TailLine[]
  /** Set when these lines begin at the file's start again: another file has the name, or this one was cut or rewritten. */
  readonly reset: 'replaced' | 'truncated' | 'rewritten' | null
  /** Whether there is more to read right now. */
  readonly more: boolean
  /** Lines over `maxLineBytes`, which are skipped. */
  readonly oversized: readonly OversizedLine[]
  /** Why nothing could be read; the next `read()` tries again. A file that does not exist is no failure. */
  readonly failure: IoFailure | null
}

/** Follows a growing file of lines, through deletion, replacement, truncation and rewriting. Never throws once open. */
export interface Tail {
  /** Whether `read()` may give something: one fstat, about a microsecond. A file not yet there is looked for by path. */
  look(): boolean
  /**
   * Complete lines from where it stands, at most `maxBytes` (default 1 MiB) but always one whole line at least.
   *
   * A last line without its newline is left for later. A line with U+0000 is held back with all that follows it until
   * `nulWaitMs` have passed: on a network file system the hole may still be filled. Within a line that is too long a
   * call may give no line and yet `more`.
   */
  read(maxBytes?: number): TailBatch
  /**
   * Does the path still name the file being read? If not, the next `read()` starts with the new one. One stat; needed
   * now and then since a file that was renamed away, not deleted, tells nothing itself.
   */
  checkIdentity(): boolean
  /** Where the next line begins, in bytes. */
  readonly offset: number
  close(): void
}

/** How to follow a file. */
export interface TailOptions {
  /** Where to begin: the offset of a line's first byte. @defaultValue 0 */
  readonly from?: number
  /** Open, look and close each time, since attribute caches of network file systems hide growth. @defaultValue false */
  readonly network?: boolean
  /** Milliseconds from any origin; measures the wait for a line with U+0000. @defaultValue `performance.now` */
  readonly now?: () => number
  /** How long such a line is waited for. @defaultValue 5000 */
  readonly nulWaitMs?: number
  /** Longer lines are skipped and reported, the `\n` not counted. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
}

/**
 * Opens a tail; the file need not exist yet.
 *
 * @throws {@link JournalError} when the path names something that cannot be read as a file; TypeError for an option that does
 * not exist.
 */
export function openTail(path: string, options: TailOptions = {}): Tail {
  checkOptions('openTail', options, KEYS)
  return new FileTail(path, options)
}

const KEYS: OptionKeys<TailOptions> = { from: true, network: true, now: true, nulWaitMs: true, maxLineBytes: true }

const DEFAULT_READ_BYTES = 1024 * 1024
const MARK_BYTES = 256
// From this length on an unfinished line is searched for its end only, not read again at each look.
const LONG_LINE_BYTES = 64 * 1024
const EMPTY: TailBatch = Object.freeze({
  lines: Object.freeze([]),
  reset: null,
  more: false,
  oversized: Object.freeze([]),
  failure: null,
})

class FileTail implements Tail {
  readonly #path: string
  readonly #file: HeldFile
  readonly #now: () => number
  readonly #nulWaitMs: number
  readonly #maxLineBytes: number
  #serial = 0
  #offset: number
  // The last bytes before #offset: when the file holds others there, it was rewritten in place.
  readonly #mark: Buffer = Buffer.alloc(MARK_BYTES)
  #markLength = 0
  // So many bytes from #offset on are known to hold no newline.
  #scanned = 0
  #unread = false
  // The line with U+0000 that is held back ends at #heldEnd (-1: none is). Such lines before #waitedSize, the size when
  // the wait began, were all there at #waitedSince, so that one wait serves for all of them.
  #heldEnd = -1
  #waitedSince = 0
  #waitedSize = -1

  constructor(path: string, options: TailOptions) {
    this.#path = path
    this.#now = options.now ?? (() => performance.now())
    this.#nulWaitMs = options.nulWaitMs ?? 5000
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
    this.#offset = options.from ?? 0
    if (!Number.isSafeInteger(this.#offset) || this.#offset < 0) {
      throw new RangeError(`\`from\` must be a whole number >= 0, got ${this.#offset}`)
    }
    this.#file = new HeldFile(path, options.network ?? false)
    const fd = this.#file.open()
    if (fd < 0) return
    this.#serial = this.#file.serial
    this.#unread = true
    this.#takeMark(fd)
    this.#file.release()
  }

  get offset(): number {
    return this.#offset
  }

  look(): boolean {
    return this.#file.isClosed ? false : this.#unread || this.#file.hasChanged()
  }

  read(maxBytes: number = DEFAULT_READ_BYTES): TailBatch {
    try {
      const fd = this.#file.open()
      this.#unread = false
      return fd < 0 ? EMPTY : this.#readFrom(fd, this.#file.stats?.size ?? 0, Math.max(1, maxBytes))
    } catch (error) {
      this.#unread = true
      return { ...EMPTY, failure: ioFailure(`cannot read \`${this.#path}\``, error) }
    } finally {
      this.#file.release()
    }
  }

  checkIdentity(): boolean {
    return this.#file.checkName()
  }

  close(): void {
    this.#file.close()
  }

  #readFrom(fd: number, size: number, maxBytes: number): TailBatch {
    const reset = this.#settle(fd, size)
    if (this.#offset === 0) this.#passByteOrderMark(fd)
    const sink: LineSink = { lines: [], oversized: [] }
    if (this.#scanned >= Math.min(maxBytes, LONG_LINE_BYTES)) this.#readLongLine(fd, size, maxBytes, sink)
    else this.#readChunk(fd, size, maxBytes, sink)
    const more = this.#heldEnd < 0 && this.#offset + this.#scanned < size
    this.#unread = more || this.#heldEnd >= 0
    if (reset === null && sink.lines.length === 0 && sink.oversized.length === 0 && !more) return EMPTY
    return { ...sink, reset, more, failure: null }
  }

  /** Makes sure that what was read before still stands; if not, begins again at 0. */
  #settle(fd: number, size: number): TailBatch['reset'] {
    if (this.#serial !== this.#file.serial) {
      // Who begins at `from` has known a file: one that came later is another.
      const isFirst = this.#serial === 0 && this.#offset === 0
      this.#serial = this.#file.serial
      if (!isFirst) return this.#restart('replaced')
    }
    if (size < this.#offset) return this.#restart('truncated')
    if (!this.#marksMatch(fd)) return this.#restart('rewritten')
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

  #passByteOrderMark(fd: number): void {
    const bytes = scratchBuffer(3)
    const length = byteOrderMark(bytes.subarray(0, readFully(fd, bytes, 0, 3, 0)))
    this.#pushMark(bytes, length)
    this.#offset = length
    this.#scanned = Math.max(0, this.#scanned - length)
  }

  #marksMatch(fd: number): boolean {
    const length = this.#markLength
    if (length === 0) return true
    const now = scratchBuffer(length)
    const got = readFully(fd, now, 0, length, this.#offset - length)
    return got === length && now.compare(this.#mark, 0, length, 0, length) === 0
  }

  #takeMark(fd: number): void {
    const length = Math.min(MARK_BYTES, this.#offset)
    // At less than that the file is shorter than `from`, and the first read finds it truncated.
    this.#markLength = readFully(fd, this.#mark, 0, length, this.#offset - length) === length ? length : 0
  }

  #readChunk(fd: number, size: number, maxBytes: number, sink: LineSink): void {
    const limit = this.#heldEnd > this.#offset ? this.#heldEnd - this.#offset : maxBytes
    const want = Math.min(size - this.#offset, limit)
    const bytes = scratchBuffer(want)
    const got = readFully(fd, bytes, 0, want, this.#offset)
    if (this.#take(bytes.subarray(0, got), size, sink)) return
    if (this.#offset + got < size) this.#readLongLine(fd, size, maxBytes, sink)
  }

  /** For a first line that a chunk does not hold: finds its end, then reads it whole, unless it is too long. */
  #readLongLine(fd: number, size: number, maxBytes: number, sink: LineSink): void {
    // A line to be given is found whole; one that is too long anyway is passed over piece by piece.
    const far = this.#offset + Math.max(this.#maxLineBytes + 1, this.#scanned + maxBytes)
    const end = Math.min(size, far)
    const newline = findNewline(fd, this.#offset + this.#scanned, end)
    if (newline < 0) {
      this.#scanned = end - this.#offset
      return
    }
    const length = newline + 1 - this.#offset
    if (length - 1 > this.#maxLineBytes) {
      sink.oversized.push({ offset: this.#offset, bytes: length })
      this.#offset += length
      this.#scanned = 0
      this.#takeMark(fd)
      return
    }
    const bytes = scratchBuffer(length)
    this.#take(bytes.subarray(0, readFully(fd, bytes, 0, length, this.#offset)), size, sink)
  }

  /** Takes the whole lines of `bytes`, which begin at the offset; false when there is none. */
  #take(bytes: Buffer, size: number, sink: LineSink): boolean {
    const end = bytes.lastIndexOf(NEWLINE) + 1
    const consumed = this.#splitUpToHeld(bytes.subarray(0, end), size, sink)
    this.#pushMark(bytes, consumed)
    this.#offset += consumed
    this.#scanned = this.#heldEnd < 0 ? bytes.length - end : 0
    return end > 0
  }

  /** Splits `bytes`, whole lines all, up to the first that must wait; gives the number of bytes before it. */
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
