import { closeSync, constants, fdatasyncSync, fstatSync, readSync, statSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { NEWLINE, readFully, scratchBuffer } from './block.ts'
import { errnoOf, type IoFailure, ioFailure, JournalError, journalError } from './errors.ts'
import { type AllowedFolders, makeInside, openInside } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** Why lines are not on disk yet: errno code (`ENOSPC`) and one clear line. */
export type AppendFailure = IoFailure

/**
 * One open append-only file.
 *
 * Any number of processes may append to the same file on a local disk: each call is one `write()` with O_APPEND, so
 * lines never mix. Disk errors never throw; only incorrect use does.
 */
export interface Appender {
  /** The path that was passed when it was opened. */
  readonly path: string
  /**
   * Appends complete lines (text ends with `\n`) in one `write()`, beginning with `\n` if the file does not end in one.
   *
   * Bytes that cannot be written stay in memory, byte-exact, and are written first the next time. If the file was
   * deleted or replaced meanwhile, the file that now has its name is used.
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
  /** Size of the file now, in bytes: one fstat. 0 when it cannot be reached. */
  size(): number
  /**
   * Size after this appender's own last write (at first: when opened); a different `size()` means that others have
   * written.
   */
  readonly endOffset: number
  /** Whether the path still names the open file. If not, the next write goes to the file that it names now. */
  checkIdentity(): boolean
  /** Calls fdatasync: when it returns null, everything written is safe against power loss. */
  sync(): AppendFailure | null
  /** Closes the file; bytes that are still in memory are dropped. */
  close(): void
}

/**
 * Opens a file for appending, creating the file but not its directory.
 *
 * @throws {@link JournalError} when that is not possible; TypeError for an option that does not exist.
 */
export function openAppender(path: string, options: AppenderOptions = {}): Appender {
  checkOptions('openAppender', options, KEYS)
  return new FileAppender(path, options.within)
}

/** Where an appender may write. */
export interface AppenderOptions {
  /** Directories in which the file must lie. @defaultValue anywhere */
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
  // Whether the byte before #end is known to be a newline that we wrote, unless a line of ours is torn.
  #clean = false
  // Complete lines that wait for the disk. The first #torn bytes of the first chunk are already in the file, as a part
  // of its first line: they are kept because the line must be written again if another writer appends behind it.
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

  /** Bytes that were encoded into the shared buffer and have to wait need their own buffer. */
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
    // A half-written line of our own is completed, not terminated.
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
      // The next append fails the same way and reports it.
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

  /** Size of the file that the path names; reopens it if the open one was deleted. */
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
    if (this.#torn > 0 && size !== this.#end && !this.#resumeAfterOthers(chunk)) return
    const rest = chunk.subarray(this.#torn)
    const lead = this.#torn === 0 && this.#needsNewline(size) ? 1 : 0
    const bytes = lead === 1 ? Buffer.concat([NEWLINE_BYTES, rest]) : rest
    this.#keepRest(chunk, size, writeSync(this.#fd, bytes), lead)
  }

  /**
   * Another writer appended behind our half-written line, or cut it off: the line is written again completely, unless
   * the file now contains all of it, since only its newline was missing and has been supplied. False when the chunk is
   * used up.
   */
  #resumeAfterOthers(chunk: Buffer): boolean {
    const line = chunk.subarray(0, chunk.indexOf(NEWLINE) + 1)
    const isWhole = this.#holds(line, this.#end - this.#torn)
    this.#torn = 0
    if (!isWhole) return true
    this.#backlog[0] = chunk.subarray(line.length)
    if (line.length === chunk.length) this.#backlog.shift()
    return false
  }

  #holds(bytes: Buffer, position: number): boolean {
    const there = Buffer.alloc(bytes.length)
    return readFully(this.#fd, there, 0, there.length, position) === there.length && there.equals(bytes)
  }

  /** Records a write of `written` bytes, `lead` of them a newline before the chunk's own. */
  #keepRest(chunk: Buffer, size: number, written: number, lead: number): void {
    if (written === 0) throw new JournalError('io', `cannot append to \`${this.path}\`: no byte was written`, this.path)
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
    // While a line is torn, the byte before #end does not matter.
    this.#clean = true
  }
}

// A UTF-16 unit takes at most three bytes.
const ENCODED_AT_ONCE = 64 * 1024

/**
 * The bytes of a text. For texts of ordinary size they are in the shared buffer, since a new buffer costs as much as
 * the encoding.
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
