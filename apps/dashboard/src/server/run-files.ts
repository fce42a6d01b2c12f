import { constants } from 'node:fs'
import { type FileHandle, lstat, realpath } from 'node:fs/promises'
import {
  type AllowedFolders,
  type AsyncTail,
  errnoOf,
  fileSystemKind,
  JournalError,
  openInsideAsync,
  openTailAsync,
  readLastLinesAsync,
  requireInside,
  type TailBatch,
  type TailLine,
} from '@hotcb/journal'

/** Opens one of a run's regular files for reading. Its links may lead anywhere below `within`. Undefined if the file does not exist. */
export async function openOrNone(path: string, within: AllowedFolders): Promise<FileHandle | undefined> {
  try {
    return await openInsideAsync(path, { flags: constants.O_RDONLY, within, doing: `cannot read \`${path}\`` })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Returns a directory inside a run, with its links resolved; undefined if it does not exist. @throws JournalError `outside` */
export async function folderInside(path: string, within: AllowedFolders): Promise<string | undefined> {
  try {
    const place = await realpath(path)
    requireInside(place, path, { within, doing: `cannot read \`${path}\`` })
    return place
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Whether a file with this name exists. A file that cannot be examined also counts, because reading it reports the reason. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    return !isMissing(error)
  }
}

/** Follows one of a run's growing files. */
export function followConfined(path: string, within: AllowedFolders): AsyncTail {
  return openTailAsync(path, { within, network: isOnNetwork(path) })
}

/** Reads the complete lines in about the last `maxBytes` of a file; empty if the file does not exist. */
export function lastLinesOf(path: string, maxBytes: number, within: AllowedFolders): Promise<readonly TailLine[]> {
  return readLastLinesAsync(path, Number.POSITIVE_INFINITY, { maxBytes, within })
}

/**
 * Reads a file up to its current end, piece by piece.
 *
 * @throws JournalError if the file cannot be read, or if 32 MiB contain no line end, since then it is not a line file.
 */
export async function* batchesOf(path: string, tail: AsyncTail): AsyncGenerator<TailBatch> {
  let empty = 0
  for (let more = true; more; ) {
    const batch = await tail.read()
    if (batch.failure !== null) throw new JournalError('io', batch.failure.message, path)
    const isEmpty = batch.lines.length === 0 && batch.oversized.length === 0
    empty = isEmpty ? empty + 1 : 0
    if (empty > MOST_EMPTY) throw new JournalError('too-large', `\`${path}\` has no line within 32 MiB`, path)
    yield batch
    more = batch.more
  }
}

// The first pieces without a line are 16 MiB together, and each later one is 1 MiB.
const MOST_EMPTY = 17

/** The stamp of a file, which changes when the file does. */
export interface FileStamp {
  /** Empty if the file does not exist. */
  readonly stamp: string
  readonly size: number
  /** Epoch milliseconds, by the clock of the file system. */
  readonly modifiedMs: number
}

/** Returns the stamp of a file. @throws JournalError if the path exists and is not a regular file inside the allowed folders. */
export async function stampOf(path: string, within: AllowedFolders): Promise<FileStamp> {
  const stats = await statsOf(path, within)
  if (stats === undefined) return { stamp: '', size: 0, modifiedMs: 0 }
  const { ino, size, mtimeMs } = stats
  return { stamp: `${ino}:${size}:${mtimeMs}`, size, modifiedMs: mtimeMs }
}

async function statsOf(
  path: string,
  within: AllowedFolders,
): Promise<{ readonly ino: number; readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    const stats = await lstat(path)
    // The common case is one `lstat` and opens no file.
    if (stats.isFile()) return stats
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const handle = await openOrNone(path, within)
  try {
    return await handle?.stat()
  } finally {
    await handle?.close()
  }
}

function isMissing(error: unknown): boolean {
  const errno = errnoOf(error instanceof JournalError ? error.cause : error)
  return errno === 'ENOENT' || errno === 'ENOTDIR'
}

function isOnNetwork(path: string): boolean {
  try {
    return fileSystemKind(path) === 'network'
  } catch {
    // The first read fails the same way and reports it.
    return false
  }
}
