import { createHash } from 'node:crypto'
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, readSync } from 'node:fs'
import { errnoOf, openInside, type Within } from '@hotcb/journal'

/** What a file looked like when it was read up to `offset`: enough to know it again after a copy. */
export interface SourceMark {
  readonly offset: number
  /** Hash of the first bytes and of the last ones before `offset`. */
  readonly sha256: string
}

/** The state of a file by its name. */
export interface SourceState {
  readonly size: number
  readonly mtimeMs: number
  readonly inode: bigint
  readonly device: bigint
}

/** The file under a path now; undefined when there is none. @throws JournalError when it is no regular file, or lies outside */
export function sourceState(path: string, within?: Within): SourceState | undefined {
  const stats = statsOf(path, within)
  if (stats === undefined) return undefined
  return { size: Number(stats.size), mtimeMs: Number(stats.mtimeMs), inode: stats.ino, device: stats.dev }
}

function statsOf(path: string, within: Within | undefined): BigIntStats | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  // The common case opens nothing.
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

function openToRead(path: string, within: Within | undefined): number {
  return openInside(path, { flags: constants.O_RDONLY, within, doing: `cannot read \`${path}\`` })
}

/** A file held open for reading. */
export class Source {
  readonly #fd: number
  readonly inode: bigint
  readonly device: bigint

  /** Throws when the file cannot be opened, is no regular file, or lies outside. */
  constructor(path: string, within?: Within) {
    this.#fd = openToRead(path, within)
    const stats = fstatSync(this.#fd, { bigint: true })
    this.inode = stats.ino
    this.device = stats.dev
  }

  /** Reads as much as there is, at most what fits. */
  read(into: Uint8Array, position: number): number {
    let done = 0
    while (done < into.length) {
      const got = readSync(this.#fd, into, done, into.length - done, position + done)
      if (got === 0) break
      done += got
    }
    return done
  }

  /** The mark of what lies before `offset`. */
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

  /** Whether the file still begins as it did. */
  matches(mark: SourceMark): boolean {
    return this.mark(mark.offset).sha256 === mark.sha256
  }

  close(): void {
    closeSync(this.#fd)
  }
}

const EDGE = 4096
