import { NEWLINE } from './block.ts'

/** One complete line of a file. */
export interface TailLine {
  /** The text without its line ending; invalid UTF-8 becomes U+FFFD. */
  readonly text: string
  /** The offset of its first byte in the file. */
  readonly offset: number
  /** Its length in bytes with the line ending: the next line begins at `offset + bytes`. */
  readonly bytes: number
}

/** A line that was too long to be returned: its offset, and its length with the line ending, in bytes. */
export interface OversizedLine {
  readonly offset: number
  readonly bytes: number
}

/** The longest line that is returned: 16 MiB, not counting the `\n`. Longer ones are skipped and reported. */
export const MAX_LINE_BYTES: number = 16 * 1024 * 1024

/** Receives the split lines. */
export interface LineSink {
  readonly lines: TailLine[]
  readonly oversized: OversizedLine[]
}

const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20

/**
 * Splits `bytes[start, end)`, complete lines that each end in `\n`, into the sink. `base` is the file offset of
 * `bytes[0]`.
 *
 * Blank lines are skipped; CRLF also ends a line.
 */
export function splitLines(
  bytes: Buffer,
  start: number,
  end: number,
  base: number,
  maxLineBytes: number,
  sink: LineSink,
): void {
  let at = start
  while (at < end) {
    const newline = bytes.indexOf(NEWLINE, at)
    if (newline - at > maxLineBytes) {
      sink.oversized.push({ offset: base + at, bytes: newline + 1 - at })
    } else {
      const stop = newline > at && bytes[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline
      if (!isBlank(bytes, at, stop)) {
        sink.lines.push({ text: bytes.toString('utf8', at, stop), offset: base + at, bytes: newline + 1 - at })
      }
    }
    at = newline + 1
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte !== SPACE && byte !== 0x09 && byte !== CARRIAGE_RETURN) return false
  }
  return true
}
