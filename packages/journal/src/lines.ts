import { failureError } from './errors.ts'
import { MAX_LINE_BYTES, type OversizedLine, type TailLine } from './line.ts'
import type { AllowedFolders } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { openTail } from './tail.ts'

/** Which part of a file of lines to read. */
export interface ReadLinesOptions {
  /** Where to begin: the offset of a line's first byte. @defaultValue 0 */
  readonly from?: number
  /** Longer lines are skipped. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
  /** Called for every line that is skipped because of its length. */
  readonly onOversized?: (line: OversizedLine) => void
  /** Directories in which the file must lie. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/**
 * Every complete line of a file as it is now, read in blocks of 1 MiB; none if it does not exist.
 *
 * Ends at the end of the file, or where the file turns out to have been replaced or cut during the read.
 * @throws {@link JournalError} when it cannot be read; TypeError, immediately, for an option that does not exist.
 */
export function readLines(path: string, options: ReadLinesOptions = {}): Iterable<TailLine> {
  checkOptions('readLines', options, READ_KEYS)
  return linesOf(path, options)
}

const READ_KEYS: OptionKeys<ReadLinesOptions> = { from: true, maxLineBytes: true, onOversized: true, within: true }

function* linesOf(path: string, options: ReadLinesOptions): Generator<TailLine> {
  const { from = 0, maxLineBytes = MAX_LINE_BYTES, onOversized, within } = options
  const tail = openTail(path, { from, maxLineBytes, nulWaitMs: 0, ...(within && { within }) })
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
