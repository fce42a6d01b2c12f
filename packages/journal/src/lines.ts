import { closeSync, fstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { byteOrderMark, NEWLINE, readFully } from './block.ts'
import { failureError, journalError } from './errors.ts'
import { openToRead } from './held-file.ts'
import { type LineSink, MAX_LINE_BYTES, type OversizedLine, splitLines, type TailLine } from './line.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { openTail } from './tail.ts'

/** What to read of a file of lines. */
export interface ReadLinesOptions {
  /** Where to begin: the offset of a line's first byte. @defaultValue 0 */
  readonly from?: number
  /** Longer lines are skipped. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
  /** Told of every line that is skipped for its length. */
  readonly onOversized?: (line: OversizedLine) => void
}

/**
 * Every complete line of a file as it is now, read in blocks of 1 MiB; none when it does not exist.
 *
 * Ends at the end of the file, or where it turns out to be replaced or cut while it is read.
 * @throws {@link JournalError} when it cannot be read; TypeError, at once, for an option that does not exist.
 */
export function readLines(path: string, options: ReadLinesOptions = {}): Iterable<TailLine> {
  checkOptions('readLines', options, READ_KEYS)
  return linesOf(path, options)
}

const READ_KEYS: OptionKeys<ReadLinesOptions> = { from: true, maxLineBytes: true, onOversized: true }

function* linesOf(path: string, options: ReadLinesOptions): Generator<TailLine> {
  const { from = 0, maxLineBytes = MAX_LINE_BYTES, onOversized } = options
  const tail = openTail(path, { from, maxLineBytes, nulWaitMs: 0 })
  try {
    for (let more = true; more; ) {
      const batch = tail.read()
      if (batch.failure !== null) throw failureError(batch.failure, path)
      if (batch.reset !== null) return
      for (const line of batch.oversized) onOversized?.(line)
      yield* batch.lines
      more = batch.more
    }
  } finally {
    tail.close()
  }
}

/** Which last lines to read. */
export interface ReadLastLinesOptions {
  /** Only lines before this offset, a line's first byte: the page before one that was read. */
  readonly before?: number
  /** Longer lines are skipped. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
  /** Told of every line that is skipped for its length. */
  readonly onOversized?: (line: OversizedLine) => void
}

/**
 * The last `count` complete lines of a file, in its order, read backwards in blocks; none when it does not exist.
 *
 * @throws {@link JournalError} when it cannot be read; TypeError for an option that does not exist.
 */
export function readLastLines(path: string, count: number, options: ReadLastLinesOptions = {}): readonly TailLine[] {
  checkOptions('readLastLines', options, LAST_KEYS)
  const fd = openToRead(resolve(path), path)
  if (fd < 0) return []
  try {
    return readBackwards(fd, count, options)
  } catch (error) {
    throw journalError(`cannot read \`${path}\``, path, error)
  } finally {
    closeSync(fd)
  }
}

const LAST_KEYS: OptionKeys<ReadLastLinesOptions> = { before: true, maxLineBytes: true, onOversized: true }

// The first block; each that follows is twice as long, up to the last.
const FIRST_BLOCK_BYTES = 8 * 1024
const LAST_BLOCK_BYTES = 256 * 1024
const NOTHING: Buffer = Buffer.alloc(0)

/** How far a backward reading has come. */
interface Backward {
  readonly pages: TailLine[][]
  /** Everything from here on has been read. */
  position: number
  /** The end of a line whose beginning lies before `position`. */
  rest: Buffer
  /** Where a line ends of which nothing is kept, being too long; -1 for the torn one at the file's end. */
  passing: number | undefined
}

function readBackwards(fd: number, count: number, options: ReadLastLinesOptions): readonly TailLine[] {
  const size = Math.min(fstatSync(fd).size, options.before ?? Number.POSITIVE_INFINITY)
  const state: Backward = { pages: [], position: size, rest: NOTHING, passing: -1 }
  let block = FIRST_BLOCK_BYTES
  for (let missing = count; missing > 0 && state.position > 0; block = Math.min(block * 2, LAST_BLOCK_BYTES)) {
    // As much again as what is kept, so that a long line is not copied over and over; a byte order mark not cut apart.
    const much = Math.max(block, state.rest.length)
    const want = state.position < much + 3 ? state.position : much
    state.position -= want
    const bytes = Buffer.allocUnsafe(want)
    missing -= takeBlock(state, bytes.subarray(0, readFully(fd, bytes, 0, want, state.position)), options)
  }
  return state.pages.reverse().flat().slice(-count)
}

/** Takes the block before everything read so far; gives the number of lines that it completes. */
function takeBlock(state: Backward, block: Buffer, options: ReadLastLinesOptions): number {
  const { maxLineBytes = MAX_LINE_BYTES, onOversized } = options
  const first = state.position === 0 ? byteOrderMark(block) : 0
  let bytes = block
  if (state.passing !== undefined) {
    const end = Math.max(first, bytes.lastIndexOf(NEWLINE) + 1)
    if (end === 0 && state.position > 0) return 0
    const lineStart = state.position + end
    if (state.passing >= 0) onOversized?.({ offset: lineStart, bytes: state.passing - lineStart })
    bytes = bytes.subarray(0, end)
    state.passing = undefined
  }
  if (state.rest.length > 0) bytes = Buffer.concat([bytes, state.rest])
  const sink: LineSink = { lines: [], oversized: [] }
  const start = state.position === 0 ? first : bytes.indexOf(NEWLINE) + 1
  splitLines(bytes, start, bytes.length, state.position, maxLineBytes, sink)
  for (const line of sink.oversized.reverse()) onOversized?.(line)
  state.pages.push(sink.lines)
  state.rest = bytes.subarray(0, start)
  if (start - 1 > maxLineBytes) {
    state.passing = state.position + start
    state.rest = NOTHING
  }
  return sink.lines.length
}
