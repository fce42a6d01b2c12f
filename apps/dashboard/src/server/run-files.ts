import { stat } from 'node:fs/promises'
import { type AsyncTail, fileSystemKind, openTailAsync, readLastLinesAsync, type TailLine } from '@hotcb/journal'
import { confine } from './confine.ts'

/** The hook by which files are opened: no link is followed out of `roots`. */
export function confinedTo(roots: readonly string[]): (path: string) => Promise<string | undefined> {
  return (path) => confine(path, roots)
}

/** Follows a growing file of a run. */
export function followConfined(path: string, roots: readonly string[]): AsyncTail {
  return openTailAsync(path, { confine: confinedTo(roots), network: isOnNetwork(path) })
}

/** The last complete lines within about `maxBytes` of a file's end; none when there is no file. */
export function lastLinesOf(path: string, maxBytes: number, roots: readonly string[]): Promise<readonly TailLine[]> {
  return readLastLinesAsync(path, Number.POSITIVE_INFINITY, { maxBytes, confine: confinedTo(roots) })
}

/** What a file is right now, to see whether it has changed. */
export interface FileStamp {
  /** Empty when it is not there, or not to be read. */
  readonly stamp: string
  readonly size: number
  /** Epoch milliseconds by the clock that stamps the files. */
  readonly modifiedMs: number
}

/** The stamp of a file. */
export async function stampOf(path: string): Promise<FileStamp> {
  try {
    const { ino, size, mtimeMs } = await stat(path)
    return { stamp: `${ino}:${size}:${mtimeMs}`, size, modifiedMs: mtimeMs }
  } catch {
    // What is not there, or not to be read, is left out.
    return { stamp: '', size: 0, modifiedMs: 0 }
  }
}

function isOnNetwork(path: string): boolean {
  try {
    return fileSystemKind(path) === 'network'
  } catch {
    // The first read meets the same trouble and tells it.
    return false
  }
}
