import { createHash } from 'node:crypto'
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, readSync } from 'node:fs'
import { type AllowedFolders, errnoOf, openInside } from '@hotcb/journal'

/** The identity of a file up to `offset`. A copy of the file has the same identity. */
export interface SourceMark {
  readonly offset: number
  /** The hash of the first bytes and of the last bytes before `offset`. */
  readonly sha256: string
}

/** The state of the file at a path. */
export interface SourceState {
  readonly size: number
  readonly mtimeMs: number
  readonly inode: bigint
  readonly device: bigint
}

/**
 * Returns the current file at a path; undefined if there is none.
 * @throws JournalError if it is not a regular file, or
 * not in an allowed directory
 */
export function sourceState(path: string, within?: AllowedFolders): SourceState | undefined {
  const stats = statsOf(path, within)
  if (stats === undefined) return undefined
  return { size: Number(stats.size), mtimeMs: Number(stats.mtimeMs), inode: stats.ino, device: stats.dev }
}

function statsOf(path: string, within: AllowedFolders | undefined): BigIntStats | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  // In the common case, no file is opened.
  if (stats === undefined || stats.isFile()) return stats
  try {
    const fd = openToRead(path, within)
    try {
      return fstatSync(fd, { bigint: true })
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function openToRead(path: string, within: AllowedFolders | undefined): number {
  return openInside(path, { flags: constants.O_RDONLY, within, doing: `cannot read \`${path}\`` })
}

/** A file open for reading. */
export class Source {
  readonly #fd: number
  readonly inode: bigint
  readonly device: bigint

  /** Throws if the file cannot be opened, is not a regular file, or is not in an allowed directory. */
  constructor(path: string, within?: AllowedFolders) {
    this.#fd = openToRead(path, within)
    const stats = fstatSync(this.#fd, { bigint: true })
    this.inode = stats.ino
    this.device = stats.dev
  }

  /** Reads as many bytes as are available, up to the size of the buffer. */
  read(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const got = readSync(this.#fd, into, done, into.length - done, position + done)
      if (got === 0) break
      done += got
    }
    return done
  }

  /** Returns the mark of the content before `offset`. */
  mark(offset: number): SourceMark {
    const hash = createHash('sha256')
    const edge = Math.min(offset, EDGE)
    const bytes = new Uint8Array(edge)
    for (const position of [0, offset - edge]) {
      const got = this.read(bytes, position)
      hash.update(bytes.subarray(0, got))
    }
    return { offset, sha256: hash.digest('hex') }
  }

  /** Whether the beginning of the file is unchanged. */
  matches(mark: SourceMark): boolean {
    return this.mark(mark.offset).sha256 === mark.sha256
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const EDGE = 4096
