import { createHash } from 'node:crypto'
import { type BigIntStats, closeSync, fstatSync, type Stats, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readFully } from './block.ts'
import { errnoOf, failureError, ioFailure, JournalError } from './errors.ts'
import { isSameFile, openToRead } from './held-file.ts'

/**
 * A growing file whose first bytes are known: detects whether it was truncated, removed, replaced or rewritten.
 *
 * A file that was replaced by one with the same first bytes, such as a copy, counts as the same file.
 */
export interface KnownFile {
  /** The number of known bytes. */
  readonly known: number
  /** Size in bytes, as of the last `check()`. */
  readonly size: number
  /** How many times another file with the same first bytes has replaced it. */
  readonly serial: number
  /** Whether `check()` may find something new. Costs one fstat. */
  hasChanged(): boolean
  /**
   * Null if the known bytes are still there, otherwise one line that states what happened to them. Also null if the file
   * cannot be examined.
   */
  check(): string | null
  /**
   * Checks whether the path still names this file. If not, the next `check()` compares the file that it names. Costs
   * one stat.
   */
  checkName(): void
  /** Records the first `bytes` bytes, with their current content, as known. */
  know(bytes: number): void
  /** A short string that identifies the last known bytes; null if they could not be read. See {@link describeLoss}. */
  readonly tail: string | null
  /** Switches to the file that is at the path now. None of its bytes are known then. May throw. */
  forget(): void
  close(): void
}

/** The bytes that a file had at an earlier time. */
export interface KnownBytes {
  readonly bytes: number
  /** The `tail` of a {@link KnownFile} when these bytes were known; null if only their number is known. */
  readonly tail: string | null
}

/**
 * Opens an existing file. At first none of its bytes are known.
 *
 * @param options.network Whether to open the file at each check, since attribute caches of network file systems hide
 *   changes.
 * @throws {@link JournalError} when it cannot be read or does not exist.
 */
export function openKnownFile(path: string, options: { readonly network?: boolean } = {}): KnownFile {
  return new FileOfKnownBytes(path, options.network ?? false)
}

/** Returns one line that states what happened to bytes that a file once had; null if they are all there. */
export function describeLoss(path: string, { bytes, tail }: KnownBytes): string | null {
  if (bytes === 0) return null
  const fd = openToRead(resolve(path), path)
  if (fd < 0) return REMOVED
  try {
    const { size } = fstatSync(fd)
    if (size < bytes) return cut(bytes, size)
    return tail === null || tailText(readTail(fd, bytes)) === tail ? null : REWRITTEN
  } finally {
    closeSync(fd)
  }
}

const TAIL_BYTES = 256
const BLOCK_BYTES = 64 * 1024
const NOTHING: Buffer = Buffer.alloc(0)

const REMOVED = 'it was removed'
const REPLACED = 'another file has its name'
const REWRITTEN = 'its bytes were replaced by others'

function cut(bytes: number, size: number): string {
  return `it was truncated from ${bytes} to ${size} bytes`
}

class FileOfKnownBytes implements KnownFile {
  readonly #path: string
  readonly #absolute: string
  readonly #network: boolean
  #fd: number
  #identity: BigIntStats
  // The result of fstat at the last check that found no change; undefined if the next check must compare the bytes.
  #seen: Stats | undefined
  #isNamed = true
  #size = 0
  #serial = 0
  #known = 0
  // The last bytes before #known. If the file has other bytes there, it was rewritten. Null if they could not be read.
  #tail: Buffer | null = NOTHING

  constructor(path: string, network: boolean) {
    this.#path = path
    this.#absolute = resolve(path)
    this.#network = network
    this.#fd = this.#open()
    this.#identity = fstatSync(this.#fd, { bigint: true })
  }

  get known(): number {
    return this.#known
  }

  get size(): number {
    return this.#size
  }

  get serial(): number {
    return this.#serial
  }

  get tail(): string | null {
    return this.#tail === null ? null : tailText(this.#tail)
  }

  hasChanged(): boolean {
    const seen = this.#seen
    if (seen === undefined || !this.#isNamed) return true
    try {
      const now = this.#network ? this.#statAnew() : fstatSync(this.#fd)
      if (now === undefined || now.nlink === 0 || now.ino !== seen.ino) return true
      return now.size !== seen.size || now.mtimeMs !== seen.mtimeMs || now.ctimeMs !== seen.ctimeMs
    } catch {
      return true
    }
  }

  check(): string | null {
    try {
      let stats = this.#network || !this.#isNamed ? null : statIfThere(this.#fd)
      if (stats === null) {
        const trouble = this.#reopen()
        if (trouble !== null) return trouble
        stats = fstatSync(this.#fd)
      }
      if (stats.size < this.#known) return cut(this.#known, stats.size)
      if (this.#tail !== null && !readTail(this.#fd, this.#known).equals(this.#tail)) return REWRITTEN
      this.#size = stats.size
      this.#seen = stats
      return null
    } catch {
      this.#seen = undefined
      return null
    }
  }

  checkName(): void {
    try {
      const named = statSync(this.#absolute, { bigint: true, throwIfNoEntry: false })
      this.#isNamed = isSameFile(named, this.#identity)
    } catch {
      // A file that cannot be examined counts as the same file.
    }
  }

  know(bytes: number): void {
    this.#known = bytes
    this.#size = Math.max(this.#size, bytes)
    this.#seen = undefined
    try {
      this.#tail = Buffer.from(readTail(this.#fd, bytes))
    } catch {
      this.#tail = null
    }
  }

  forget(): void {
    this.#take(this.#open())
    this.#known = 0
    this.#size = 0
    this.#tail = NOTHING
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  #open(): number {
    const fd = openToRead(this.#absolute, this.#path)
    if (fd >= 0) return fd
    const missing = Object.assign(new Error('it does not exist'), { code: 'ENOENT' })
    throw failureError(ioFailure(`cannot read \`${this.#path}\``, missing), this.#path)
  }

  #statAnew(): Stats | undefined {
    const fd = openToRead(this.#absolute, this.#path)
    if (fd < 0) return undefined
    try {
      return fstatSync(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Switches to the file that is at the path now, if its first bytes are the known ones. */
  #reopen(): string | null {
    let fd: number
    try {
      fd = openToRead(this.#absolute, this.#path)
    } catch (error) {
      if (error instanceof JournalError && error.code === 'not-a-file') return REPLACED
      throw error
    }
    if (fd < 0) return REMOVED
    const isOther = !isSameFile(fstatSync(fd, { bigint: true }), this.#identity)
    if (isOther && !this.#hasKnownBytes(fd)) {
      closeSync(fd)
      return REPLACED
    }
    if (isOther) this.#serial++
    this.#take(fd)
    return null
  }

  #take(fd: number): void {
    closeSync(this.#fd)
    this.#fd = fd
    this.#identity = fstatSync(fd, { bigint: true })
    this.#isNamed = true
    this.#seen = undefined
  }

  #hasKnownBytes(fd: number): boolean {
    try {
      return isSameStart(this.#fd, fd, this.#known)
    } catch (error) {
      // The file server no longer has the old file, so only its last bytes can be compared.
      if (errnoOf(error) !== 'ESTALE' || this.#tail === null) throw error
      return readTail(fd, this.#known).equals(this.#tail)
    }
  }
}

/** Returns the stats of an open file; null if the file was deleted, or the file server no longer has it. */
function statIfThere(fd: number): Stats | null {
  try {
    const stats = fstatSync(fd)
    return stats.nlink === 0 ? null : stats
  } catch (error) {
    if (errnoOf(error) === 'ESTALE') return null
    throw error
  }
}

function isSameStart(one: number, other: number, bytes: number): boolean {
  const [a, b] = [Buffer.allocUnsafe(BLOCK_BYTES), Buffer.allocUnsafe(BLOCK_BYTES)]
  for (let at = 0; at < bytes; at += BLOCK_BYTES) {
    const length = Math.min(BLOCK_BYTES, bytes - at)
    if (readFully(one, a, 0, length, at) !== length || readFully(other, b, 0, length, at) !== length) return false
    if (a.compare(b, 0, length, 0, length) !== 0) return false
  }
  return true
}

const scratch: Buffer = Buffer.alloc(TAIL_BYTES)

/** Returns the last bytes before an offset. They are valid until the next call. */
function readTail(fd: number, end: number): Buffer {
  const length = Math.min(TAIL_BYTES, end)
  return scratch.subarray(0, readFully(fd, scratch, 0, length, end - length))
}

function tailText(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}
