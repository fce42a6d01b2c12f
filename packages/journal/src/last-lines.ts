import { closeSync, fstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { byteOrderMark, NEWLINE } from './block.ts'
import { isSystemError, journalError } from './errors.ts'
import { openToRead } from './held-file.ts'
import { HeldFileAsync } from './held-file-async.ts'
import { type LineSink, MAX_LINE_BYTES, type OversizedLine, splitLines, type TailLine } from './line.ts'
import type { AllowedFolders } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { type Reading, readPieces, readPiecesAsync } from './reading.ts'

/** Options for reading the last lines of a file. */
export interface ReadLastLinesOptions {
  /** Read only lines before this offset, which must be the first byte of a line. Use it to read the previous page. */
  readonly before?: number
  /**
   * Stop after this number of bytes, but return at least the last line unless it is too long. @defaultValue no limit
   */
  readonly maxBytes?: number
  /** Longer lines are skipped. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
  /** Called for every line that is skipped because of its length. */
  readonly onOversized?: (line: OversizedLine) => void
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/**
 * Returns the last `count` complete lines of a file, in file order; none if it does not exist. The file is
 * read backwards in blocks.
 *
 * @throws {@link JournalError} when it cannot be read; TypeError for an unknown option.
 */
export function readLastLines(path: string, count: number, options: ReadLastLinesOptions = {}): readonly TailLine[] {
  checkOptions('readLastLines', options, KEYS)
  const fd = openToRead(resolve(path), path, options.within)
  if (fd < 0) return []
  try {
    return readPieces(lastLines(fstatSync(fd).size, count, options), fd)
  } catch (error) {
    throw journalError(`cannot read \`${path}\``, path, error)
  } finally {
    closeSync(fd)
  }
}

const KEYS: OptionKeys<ReadLastLinesOptions> = {
  before: true,
  maxBytes: true,
  maxLineBytes: true,
  onOversized: true,
  within: true,
}

/**
 * Does the same without blocking the thread.
 *
 * @throws {@link JournalError} when it cannot be read and TypeError for an unknown option.
 */
export async function readLastLinesAsync(
  path: string,
  count: number,
  options: ReadLastLinesOptions = {},
): Promise<readonly TailLine[]> {
  checkOptions('readLastLinesAsync', options, KEYS)
  const file = new HeldFileAsync(path, options.within === undefined ? {} : { within: options.within })
  try {
    const open = await file.open()
    if (open === undefined) return []
    return await readPiecesAsync(lastLines(Number(open.stats.size), count, options), open.handle)
  } catch (error) {
    throw isSystemError(error) ? journalError(`cannot read \`${path}\``, path, error) : error
  } finally {
    await file.close()
  }
}

// Size of the first block; each following block is twice as long, up to the maximum.
const FIRST_BLOCK_BYTES = 8 * 1024
const LAST_BLOCK_BYTES = 256 * 1024
const NOTHING: Buffer = Buffer.alloc(0)

/** The state of a backward read. */
interface Backward {
  readonly pages: TailLine[][]
  /** Everything from this offset on has been read. */
  position: number
  /** The final bytes of a line that begins before `position`. */
  rest: Buffer
  /**
   * The end offset of a line that is too long, so that its bytes are not kept; -1 for the incomplete line at the end of
   * the file.
   */
  passing: number | undefined
}

function* lastLines(fileSize: number, count: number, options: ReadLastLinesOptions): Reading<readonly TailLine[]> {
  const { before = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = options
  const { maxLineBytes = MAX_LINE_BYTES } = options
  const size = Math.min(fileSize, before)
  const state: Backward = { pages: [], position: size, rest: NOTHING, passing: -1 }
  let block = FIRST_BLOCK_BYTES
  let found = 0
  for (; found < count && state.position > 0; block = Math.min(block * 2, LAST_BLOCK_BYTES)) {
    // Reads at least as many bytes as are kept, so that a long line is not copied repeatedly. A byte order mark must
    // not be split.
    const much = Math.max(block, state.rest.length)
    const want = state.position < much + 3 ? state.position : much
    state.position -= want
    found += takeBlock(state, yield { at: state.position, length: want }, options)
    const read = size - state.position
    if (read >= maxBytes && (found > 0 || read - maxBytes > maxLineBytes)) break
  }
  return state.pages.reverse().flat().slice(-count)
}

/** Adds the block before everything read so far; returns the number of lines that it completes. */
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
  // Copied, because the block is valid only until the next piece.
  state.rest = Buffer.from(bytes.subarray(0, start))
  if (start - 1 > maxLineBytes) {
    state.passing = state.position + start
    state.rest = NOTHING
  }
  return sink.lines.length
}
