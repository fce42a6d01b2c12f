import type { Source } from './source.ts'

const MAX_LINE_BYTES = 16 * 1024 * 1024
// Gigabytes without a line break, as in a sparse file, must not delay other files.
const MAX_SKIPPED_BYTES = 64 * 1024 * 1024
const NEWLINE = 0x0a

/** Receives lines. */
export interface LineTarget {
  /** Receives a complete line. The byte at `end` is its `\n`, and `offset` is its position in the file. */
  line(bytes: Buffer, start: number, end: number, offset: number): void
  /** Called when a line longer than 16 MiB starts. */
  tooLong(offset: number): void
}

/** Reads a file slice by slice and passes on the complete lines. */
export class LineReader {
  /** The offset of the next line. */
  offset = 0
  #buffer: Buffer = Buffer.allocUnsafe(SLICE)
  // Whether the position is inside a line that is too long to buffer.
  #skipping = false
  #skipped = 0

  /** Reads up to one slice and passes on its complete lines. Returns false if there was nothing more to read. */
  read(source: Source, target: LineTarget): boolean {
    const got = source.read(this.#buffer, this.offset)
    if (got === 0) return false
    const taken = this.#takeLines(got, target)
    if (taken > 0) {
      this.offset += taken
      if (this.#buffer.length > SLICE) this.#buffer = Buffer.allocUnsafe(SLICE)
      return true
    }
    if (got < this.#buffer.length) return false
    this.#takePart(got, target)
    return true
  }

  /** Passes on the complete lines and returns the end of the last one. */
  #takeLines(got: number, target: LineTarget): number {
    let start = this.offset === 0 && hasByteOrderMark(this.#buffer, got) ? 3 : 0
    for (let end = this.#buffer.indexOf(NEWLINE, start); end !== -1 && end < got; ) {
      if (this.#skipping) this.#skipping = false
      else target.line(this.#buffer, start, end, this.offset + start)
      start = end + 1
      end = this.#buffer.indexOf(NEWLINE, start)
    }
    return start
  }

  /** Handles a full buffer without a line end. */
  #takePart(got: number, target: LineTarget): void {
    if (!this.#skipping && got < MAX_LINE_BYTES) {
      this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2)
      return
    }
    if (!this.#skipping) target.tooLong(this.offset)
    this.#skipped = this.#skipping ? this.#skipped + got : got
    this.#skipping = true
    this.offset += got
    if (this.#skipped > MAX_SKIPPED_BYTES)
      throw new Error('there is no line break within 64 MiB: this is not a metrics file')
  }
}

// A slice takes a few milliseconds, which is the longest delay of a waiting query.
const SLICE = 512 * 1024

function hasByteOrderMark(bytes: Buffer, length: number): boolean {
  return length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
