import { closeSync, constants, fdatasyncSync, fstatSync, readSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { NEWLINE, readFully, scratchBuffer } from './block.ts'
import { errnoOf, type IoFailure, ioFailure, JournalError, journalError } from './errors.ts'
import { type AllowedFolders, makeInside, openInside } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** Why lines are not on disk yet: the errno code (`ENOSPC`) and a one-line message. */
export type AppendFailure = IoFailure

/**
 * One open append-only file.
 *
 * Any number of processes may append to the same file on a local disk: each call is one `write()` with O_APPEND, so
 * lines never mix. Disk errors are returned, never thrown; only incorrect use throws.
 */
export interface Appender {
  /** The path that was passed when the file was opened. */
  readonly path: string
  /**
   * Appends complete lines (text ends with `\n`) in one `write()`, beginning with `\n` if the file does not end in one.
   *
   * Bytes that cannot be written are kept in memory unchanged, and are written first the next time. If the file was
   * deleted or replaced in between, the file that now has its name is used.
   * @throws TypeError when the text does not end with `\n` or the appender is closed.
   */
  append(text: string): AppendFailure | null
  /** Tries to write the bytes that are still in memory. */
  flush(): AppendFailure | null
  /**
   * Terminates the file's last line if its newline is missing because its writer was killed. Call it before a read that
   * decides what the file contains: otherwise a line that lacks only its newline would not count now, but would count
   * after the next append.
   */
  endLine(): AppendFailure | null
  /** Bytes in memory that are not in the file yet. */
  readonly pendingBytes: number
  /** The current size of the file in bytes, from one fstat; 0 if the file cannot be reached. */
  size(): number
  /**
   * The size after this appender's own last write, or at open. A different `size()` means that others have written.
   */
  readonly endOffset: number
  /** Whether the path still names the open file. If not, the next write goes to the file that it names now. */
  checkIdentity(): boolean
  /** Calls fdatasync: when it returns null, everything written is safe against power loss. */
  sync(): AppendFailure | null
  /** Closes the file. Bytes that are still in memory are dropped. */
  close(): void
}

/**
 * Opens a file for appending, creating the file but not its directory.
 *
 * @throws {@link JournalError} when that is not possible; TypeError for an unknown option.
 */
export function openAppender(path: string, options: AppenderOptions = {}): Appender {
  checkOptions('openAppender', options, KEYS)
  return new FileAppender(path, options.within)
}

/** Where an appender may write. */
export interface AppenderOptions {
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

const KEYS: OptionKeys<AppenderOptions> = { within: true }

class FileAppender implements Appender {
  readonly path: string
  readonly #absolute: string
  readonly #within: AllowedFolders | undefined
  readonly #byte: Buffer = Buffer.alloc(1)
  #fd: number
  #end = 0
  // Whether the byte before #end is known to be a newline that we wrote. It has no meaning while one of our lines is
  // only partly written.
  #clean = false
  // Complete lines that are waiting for the disk. The first #torn bytes of the first chunk are already in the file, as
  // a part of its first line. They are kept because the whole line must be written again if another writer appends
  // after them.
  #backlog: Buffer[] = []
  #torn = 0

  constructor(path: string, within: AllowedFolders | undefined) {
    this.path = path
    this.#absolute = resolve(path)
    this.#within = within
    this.#fd = openForAppend(this.#absolute, path, within)
    this.#end = fstatSync(this.#fd).size
  }

  get endOffset(): number {
    return this.#end
  }

  get pendingBytes(): number {
    let bytes = 0
    for (const chunk of this.#backlog) bytes += chunk.length
    return bytes - this.#torn
  }

  append(text: string): AppendFailure | null {
    if (this.#fd < 0) throw new TypeError(`\`${this.path}\` is closed`)
    if (text === '') return this.flush()
    if (text.charCodeAt(text.length - 1) !== NEWLINE) throw new TypeError('appended text must end with a newline')
    this.#backlog.push(encode(text))
    const failure = this.flush()
    if (this.#backlog.length > 0) this.#keepOwn()
    return failure
  }

  /** Copies pending bytes from the shared buffer to a separate one. */
  #keepOwn(): void {
    const last = this.#backlog.length - 1
    const chunk = this.#backlog[last]
    if (chunk !== undefined) this.#backlog[last] = Buffer.from(chunk)
  }

  flush(): AppendFailure | null {
    if (this.#fd < 0) throw new TypeError(`\`${this.path}\` is closed`)
    try {
      for (let chunk = this.#backlog[0]; chunk !== undefined; chunk = this.#backlog[0]) this.#writeChunk(chunk)
      return null
    } catch (error) {
      return ioFailure(`cannot append to \`${this.path}\``, error)
    }
  }

  endLine(): AppendFailure | null {
    // Our own half-written line is completed, not terminated.
    if (this.#torn > 0) return this.flush()
    try {
      const size = this.#reach()
      if (!this.#needsNewline(size)) return null
      this.#end = size + writeSync(this.#fd, NEWLINE_BYTES)
      this.#clean = true
      return null
    } catch (error) {
      return ioFailure(`cannot append to \`${this.path}\``, error)
    }
  }

  size(): number {
    try {
      return this.#reach()
    } catch {
      return 0
    }
  }

  checkIdentity(): boolean {
    try {
      const named = statSync(this.#absolute, { bigint: true, throwIfNoEntry: false })
      const held = fstatSync(this.#fd, { bigint: true })
      if (named !== undefined && named.ino === held.ino && named.dev === held.dev) return true
      this.#reopen()
    } catch {
      // The next append fails in the same way and reports the error.
    }
    return false
  }

  sync(): AppendFailure | null {
    try {
      fdatasyncSync(this.#fd)
      return null
    } catch (error) {
      return ioFailure(`cannot sync \`${this.path}\``, error)
    }
  }

  close(): void {
    if (this.#fd < 0) return
    closeSync(this.#fd)
    this.#fd = -1
  }

  /** Returns the size of the file that the path names, and opens that file if the open one was deleted. */
  #reach(): number {
    try {
      const stats = fstatSync(this.#fd)
      if (stats.nlink !== 0) return stats.size
    } catch (error) {
      if (errnoOf(error) !== 'ESTALE') throw error
    }
    this.#reopen()
    return fstatSync(this.#fd).size
  }

  #reopen(): void {
    const fd = openForAppend(this.#absolute, this.path, this.#within)
    closeSync(this.#fd)
    this.#fd = fd
    this.#clean = false
    this.#torn = 0
  }

  #needsNewline(size: number): boolean {
    if (size === 0 || (this.#clean && size === this.#end)) return false
    return readSync(this.#fd, this.#byte, 0, 1, size - 1) === 1 && this.#byte[0] !== NEWLINE
  }

  #writeChunk(chunk: Buffer): void {
    const size = this.#reach()
    if (this.#torn > 0 && !this.#isTornLast(chunk, size) && !this.#resumeAfterOthers(chunk)) return
    const rest = chunk.subarray(this.#torn)
    const lead = this.#torn === 0 && this.#needsNewline(size) ? 1 : 0
    const bytes = lead === 1 ? Buffer.concat([NEWLINE_BYTES, rest]) : rest
    this.#keepRest(chunk, size, writeSync(this.#fd, bytes), lead)
  }

  /** Whether the file still ends with our half-written line. Its size alone may be the same by chance. */
  #isTornLast(chunk: Buffer, size: number): boolean {
    return size === this.#end && this.#holds(chunk.subarray(0, this.#torn), size - this.#torn)
  }

  /**
   * Called when another writer has appended after our half-written line, or has removed it. The line is written again
   * completely, unless the file already contains all of it, because only its newline was missing and the other writer
   * added it. Returns false when nothing of the chunk is left.
   */
  #resumeAfterOthers(chunk: Buffer): boolean {
    const line = chunk.subarray(0, chunk.indexOf(NEWLINE) + 1)
    const isWhole = this.#holds(line, this.#end - this.#torn)
    this.#torn = 0
    this.#clean = false
    if (!isWhole) return true
    this.#backlog[0] = chunk.subarray(line.length)
    if (line.length === chunk.length) this.#backlog.shift()
    return false
  }

  #holds(bytes: Buffer, position: number): boolean {
    const there = Buffer.alloc(bytes.length)
    return readFully(this.#fd, there, 0, there.length, position) === there.length && there.equals(bytes)
  }

  /** Records a write of `written` bytes, of which the first `lead` (0 or 1) are a newline written before the chunk. */
  #keepRest(chunk: Buffer, size: number, written: number, lead: number): void {
    if (written === 0)
      throw new JournalError('io', `cannot append to \`${this.path}\`: no bytes were written`, this.path)
    this.#end = size + written
    const reached = this.#torn + written - lead
    if (reached === chunk.length) {
      this.#backlog.shift()
      this.#torn = 0
    } else {
      const lineStart = reached === 0 ? 0 : chunk.lastIndexOf(NEWLINE, reached - 1) + 1
      this.#backlog[0] = chunk.subarray(lineStart)
      this.#torn = reached - lineStart
    }
    // While a line is only partly written, the byte before #end does not matter.
    this.#clean = true
  }
}

// Strings up to this length are encoded into the shared buffer. A UTF-16 unit takes at most three bytes.
const ENCODED_AT_ONCE = 64 * 1024

/**
 * Returns the bytes of a string. For strings of ordinary size they are in the shared buffer, because allocating a new
 * buffer costs as much as the encoding.
 */
function encode(text: string): Buffer {
  if (text.length > ENCODED_AT_ONCE) return Buffer.from(text)
  const bytes = scratchBuffer(3 * text.length)
  return bytes.subarray(0, bytes.write(text))
}

const NEWLINE_BYTES: Buffer = Buffer.from('\n')

function openForAppend(absolute: string, path: string, within: AllowedFolders | undefined): number {
  const doing = `cannot open \`${path}\` for appending`
  const flags = constants.O_RDWR | constants.O_APPEND
  try {
    if (within !== undefined) return makeInside(absolute, { flags, within, doing })
    return openInside(absolute, { flags: flags | constants.O_CREAT, within, doing })
  } catch (error) {
    throw journalError(doing, path, error)
  }
}
