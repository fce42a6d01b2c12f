import type { Source } from './source.ts'

const MAX_LINE_BYTES = 16 * 1024 * 1024
// Gigabytes without a line, such as a hole of that size, are not worth the time of other files.
const MAX_SKIPPED_BYTES = 64 * 1024 * 1024
const NEWLINE = 0x0a

/** What is done with lines. */
export interface LineTarget {
  /** A complete line; the byte at `end` is its `\n`, `offset` its place in the file. */
  line(bytes: Buffer, start: number, end: number, offset: number): void
  /** A line longer than 16 MiB begins here. */
  tooLong(offset: number): void
}

/** Reads a file slice by slice and gives the complete lines in it. */
export class LineReader {
  /** Where the next line begins. */
  offset = 0
  #buffer: Buffer = Buffer.allocUnsafe(SLICE)
  // Inside a line too long to be held.
  #skipping = false
  #skipped = 0

  /** Reads up to one slice and hands on the complete lines in it; false when there was nothing more to take. */
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

  /** Hands on the complete lines; gives where the last one ends. */
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

  /** The buffer is full, and holds no end of a line. */
  #takePart(got: number, target: LineTarget): void {
    if (!this.#skipping && got < MAX_LINE_BYTES) {
      this.#buffer = Buffer.allocUnsafe(this.#buffer.length * 2)
      return
    }
    if (!this.#skipping) target.tooLong(this.offset)
    this.#skipped = this.#skipping ? this.#skipped + got : got
    this.#skipping = true
    this.offset += got
    if (this.#skipped > MAX_SKIPPED_BYTES) throw new Error('no line ends within 64 MiB: this is not a file of metrics')
  }
}

// A few milliseconds of work: what waits for an answer waits no longer.
const SLICE = 512 * 1024

function hasByteOrderMark(bytes: Buffer, length: number): boolean {
  return length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
}
