import { type BigIntStats, closeSync, constants, fstatSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { errnoOf, isMissing, journalError } from './errors.ts'
import { type AllowedFolders, openInside } from './open-inside.ts'

/**
 * Keeps the file at a path open to read it. Detects cheaply that it has changed, or that another file has replaced it.
 *
 * An open descriptor prevents reuse of the inode, so a link count of 0 reliably means deletion. With `network` nothing
 * is kept open, because attribute caches show growth only after an open.
 */
export class HeldFile {
  readonly #path: string
  readonly #absolute: string
  readonly #network: boolean
  readonly #within: AllowedFolders | undefined
  #fd = -1
  #identity: BigIntStats | undefined
  // The result of fstat at the last open(); undefined if there was no file.
  #stats: Stats | undefined
  #serial = 0
  #closed = false

  constructor(path: string, network: boolean, within?: AllowedFolders) {
    this.#path = path
    this.#absolute = resolve(path)
    this.#network = network
    this.#within = within
  }

  /** The number of different files found at this path so far; 0 before the first. */
  get serial(): number {
    return this.#serial
  }

  /** The identity of the file; undefined while there is no file. */
  get identity(): BigIntStats | undefined {
    return this.#identity
  }

  /** Size and times as of the last `open()`. */
  get stats(): Stats | undefined {
    return this.#stats
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Returns the descriptor of the file at the path, -1 if there is none. Call `release()` afterwards. May throw. */
  open(): number {
    if (this.#closed) return -1
    if (this.#fd >= 0) {
      const stats = statsUnlessGone(this.#fd)
      if (stats !== undefined) {
        this.#stats = stats
        return this.#fd
      }
      this.#lose()
    }
    const fd = openToRead(this.#absolute, this.#path, this.#within)
    if (fd === -1) {
      this.#lose()
      this.#stats = undefined
      return -1
    }
    this.#fd = fd
    const identity = fstatSync(fd, { bigint: true })
    if (!isSameFile(identity, this.#identity)) this.#serial++
    this.#identity = identity
    this.#stats = fstatSync(fd)
    return fd
  }

  /** Ends the use of the result of `open()`. */
  release(): void {
    if (this.#network) this.#drop()
  }

  /** Whether the file or its name has changed since `open()`: one fstat, or one stat by path if there is no file. */
  hasChanged(): boolean {
    if (this.#closed) return false
    try {
      if (this.#network) return this.#hasChangedAnew()
      if (this.#fd < 0) return this.#stats !== undefined || exists(this.#absolute)
      const stats = fstatSync(this.#fd)
      return stats.nlink === 0 || this.#stats === undefined || !isUntouched(stats, this.#stats)
    } catch {
      // The next read fails in the same way and reports the error.
      return true
    }
  }

  /** Whether the path still names this file (or still no file); if not, the next `open()` uses the new one. */
  checkName(): boolean {
    if (this.#closed) return true
    let named: BigIntStats | undefined
    try {
      named = statSync(this.#absolute, { bigint: true, throwIfNoEntry: false })
    } catch {
      // A file that cannot be examined counts as the same file.
      return true
    }
    if (isSameFile(named, this.#identity) || (named === undefined && this.#identity === undefined)) return true
    this.#lose()
    return false
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  #hasChangedAnew(): boolean {
    const before = this.#stats
    const serial = this.#serial
    try {
      this.open()
      const after = this.#stats
      if (before === undefined || after === undefined) return before !== after
      return serial !== this.#serial || !isUntouched(before, after)
    } finally {
      this.#stats = before
      this.#drop()
    }
  }

  #lose(): void {
    this.#drop()
    this.#identity = undefined
  }

  #drop(): void {
    const fd = this.#fd
    this.#fd = -1
    if (fd >= 0) closeSync(fd)
  }
}

/**
 * Opens a regular file for reading. Returns its descriptor, or -1 if it does not exist. `path` is for the message.
 *
 * @throws {@link JournalError} when it cannot be opened, lies outside the allowed directories, or is a directory, a
 *   pipe or the like.
 */
export function openToRead(absolute: string, path: string, within?: AllowedFolders): number {
  const doing = `cannot read \`${path}\``
  try {
    return openInside(absolute, { flags: constants.O_RDONLY, within, doing })
  } catch (error) {
    if (isMissing(error)) return -1
    throw journalError(doing, path, error)
  }
}

/** Whether two stats describe the same file. Inode numbers are compared exactly. */
export function isSameFile(one: BigIntStats | undefined, other: BigIntStats | undefined): boolean {
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev
}

function statsUnlessGone(fd: number): Stats | undefined {
  try {
    const stats = fstatSync(fd)
    return stats.nlink === 0 ? undefined : stats
  } catch (error) {
    if (errnoOf(error) === 'ESTALE') return undefined
    throw error
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function isUntouched(one: Stats, other: Stats): boolean {
  return one.size === other.size && one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs
}
