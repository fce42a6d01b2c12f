import {
  type AllowedFolders,
  type ReadLastLinesOptions,
  readLines as readFileLines,
  readLastLines,
} from '@hotcb/journal'
import { type RunStreams, readStreamLine, type StreamName } from '../streams.ts'
import { readLines, type StreamRecord, type UnreadableLine } from './stream-file.ts'

const PAGE_LINES = 512

/**
 * Returns the last `count` matching records of a stream, oldest first. The file is read backwards from its end, in
 * chunks.
 */
export function lastRecords<Name extends StreamName>(
  name: Name,
  path: string,
  count: number,
  isWanted?: (record: StreamRecord<RunStreams[Name]>) => boolean,
  limits: Pick<ReadLastLinesOptions, 'within' | 'maxBytes'> = {},
): readonly StreamRecord<RunStreams[Name]>[] {
  const pages: (readonly StreamRecord<RunStreams[Name]>[])[] = []
  let missing = count
  let before = Number.POSITIVE_INFINITY
  while (missing > 0) {
    const lines = readLastLines(path, isWanted === undefined ? missing : PAGE_LINES, { ...limits, before })
    const { records: all } = readLines(name, lines)
    const records = (isWanted === undefined ? all : all.filter(isWanted)).slice(-missing)
    pages.unshift(records)
    missing -= records.length
    const first = lines[0]
    if (first === undefined || first.offset === 0) break
    before = first.offset
  }
  return pages.flat()
}

/** How to read a whole stream. */
export interface RecordsOptions {
  /** The offset to begin at, which must be the first byte of a line. @defaultValue 0 */
  readonly from?: number
  /** Only lines that contain this text are parsed and returned, which is much faster for a long file. */
  readonly contains?: string
  /** Called for every line that is left out because it cannot be read. */
  readonly onUnreadable?: (line: UnreadableLine) => void
}

/** Yields all records of a stream, one at a time, using little memory. */
export function* allRecords<Name extends StreamName>(
  name: Name,
  path: string,
  { from = 0, contains, onUnreadable }: RecordsOptions = {},
  within?: AllowedFolders,
): Iterable<StreamRecord<RunStreams[Name]>> {
  const onOversized = ({ offset }: { readonly offset: number }): void => onUnreadable?.({ offset, reason: 'too long' })
  for (const { text, offset } of readFileLines(path, { from, onOversized, ...(within && { within }) })) {
    if (contains !== undefined && !text.includes(contains)) continue
    const read = readStreamLine(name, text)
    if (read.ok) yield { value: read.value, text, offset }
    else onUnreadable?.({ offset, reason: read.reason })
  }
}
