import { failureError } from './errors.ts'
import { MAX_LINE_BYTES, type OversizedLine, type TailLine } from './line.ts'
import type { AllowedFolders } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { openTail } from './tail.ts'

/** Options for reading the lines of a file. */
export interface ReadLinesOptions {
  /** The offset to begin at, which must be the first byte of a line. @defaultValue 0 */
  readonly from?: number
  /** Longer lines are skipped. @defaultValue 16 MiB */
  readonly maxLineBytes?: number
  /** Called for every line that is skipped because of its length. */
  readonly onOversized?: (line: OversizedLine) => void
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/**
 * Returns every complete line that a file has now, read in blocks of 1 MiB; none if it does not exist.
 *
 * The iteration ends at the end of the file, or when the file is found to have been replaced or truncated during the
 * read.
 * @throws {@link JournalError} when it cannot be read; TypeError, immediately, for an unknown option.
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
