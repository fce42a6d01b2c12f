import { type AllowedFolders, openTail, type TailBatch, type TailLine } from '@hotcb/journal'
import { type RunStreams, readStreamLine, type StreamName } from '../streams.ts'

/** One valid line of a stream. */
export interface StreamRecord<Value> {
  readonly value: Value
  /** The text of the line, unchanged. */
  readonly text: string
  /** The offset of its first byte. */
  readonly offset: number
}

/** An invalid line. */
export interface UnreadableLine {
  readonly offset: number
  readonly reason: string
}

/** The lines since the last read. */
export interface FollowBatch<Value> {
  readonly records: readonly StreamRecord<Value>[]
  /** All complete lines, valid or not. */
  readonly lines: readonly TailLine[]
  readonly unreadable: readonly UnreadableLine[]
  /**
   * Set when these records start over at the beginning of the file, because another file has replaced it, or it was
   * truncated or rewritten.
   */
  readonly reset: TailBatch['reset']
  /** Whether more can be read immediately. */
  readonly more: boolean
  /** Why nothing could be read; the next `read` tries again. */
  readonly failure: TailBatch['failure']
}

/** Follows one stream of a run. */
export interface Follow<Value> {
  /** Whether `read` may return something. Takes about a microsecond on a local disk. */
  look(): boolean
  /** Returns the new lines, at most about `maxBytes` (default 1 MiB). */
  read(maxBytes?: number): FollowBatch<Value>
  /**
   * Returns this place as a string; null while there is no file. `follow` can continue from it, in this process or
   * another.
   */
  cursor(): string | null
  /** The offset of the next line, in bytes. */
  readonly offset: number
  close(): void
}

/**
 * Where to begin: at the first line, after the last complete one, at the offset of a line, or at a cursor.
 *
 * @defaultValue `start`
 */
export type FollowFrom = 'start' | 'end' | { readonly offset: number } | { readonly cursor: string }

/** How a file of lines is followed. */
export interface FollowOptions {
  readonly from?: FollowFrom | undefined
  readonly network: boolean
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders | undefined
}

/**
 * Follows a file of lines. If the cursor's place no longer exists, reading begins at the start and `reset` is set.
 */
export function followFile<Name extends StreamName>(
  name: Name,
  path: string,
  { from = 'start', network, within }: FollowOptions,
): Follow<RunStreams[Name]> {
  const begin = typeof from === 'object' && 'offset' in from ? { from: from.offset } : {}
  const tail = openTail(path, { network, ...begin, ...(within && { within }) })
  if (from === 'end') tail.seekEnd()
  let isLost = typeof from === 'object' && 'cursor' in from && !tail.seek(from.cursor)
  let looks = 0
  return {
    look() {
      // A file that was renamed shows no change itself, so its path is checked regularly.
      if (++looks % LOOKS_BETWEEN_NAMES === 0) tail.checkIdentity()
      return isLost || tail.look()
    },
    read(maxBytes) {
      const { lines, oversized, reset, more, failure } = tail.read(maxBytes)
      const { records, unreadable } = readLines(name, lines)
      const tooLong = oversized.map(({ offset, bytes }) => ({ offset, reason: `a line of ${bytes} bytes is too long` }))
      const wasLost = isLost && failure === null
      if (wasLost) isLost = false
      return {
        records,
        lines,
        unreadable: [...unreadable, ...tooLong],
        reset: reset ?? (wasLost ? 'replaced' : null),
        more,
        failure,
      }
    },
    cursor: () => tail.cursor(),
    get offset() {
      return tail.offset
    },
    close: () => tail.close(),
  }
}

const LOOKS_BETWEEN_NAMES = 10

/** Reads the lines of a stream as records, and collects the invalid ones. */
export function readLines<Name extends StreamName>(
  name: Name,
  lines: readonly TailLine[],
): { readonly records: readonly StreamRecord<RunStreams[Name]>[]; readonly unreadable: readonly UnreadableLine[] } {
  const records: StreamRecord<RunStreams[Name]>[] = []
  const unreadable: UnreadableLine[] = []
  for (const { text, offset } of lines) {
    const read = readStreamLine(name, text)
    if (read.ok) records.push({ value: read.value, text, offset })
    else unreadable.push({ offset, reason: read.reason })
  }
  return { records, unreadable }
}
