import { NEWLINE } from './block.ts'
import { ioFailure } from './errors.ts'
import { cursorAt, fileMark, offsetOfCursor } from './file-mark.ts'
import { HeldFile } from './held-file.ts'
import type { AllowedFolders } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { endOfLines, type Reading, readPieces } from './reading.ts'
import { DEFAULT_READ_BYTES, EMPTY_BATCH, type TailBatch, TailState, type TailStateOptions } from './tail-state.ts'

/** Follows a growing file of lines, through deletion, replacement, truncation and rewriting. Never throws once open. */
export interface Tail {
  /**
   * Whether `read()` may return something. Costs one fstat, about a microsecond; a file that does not exist yet is
   * looked up by path.
   */
  look(): boolean
  /**
   * Returns complete lines from the current position: at most `maxBytes` (default 1 MiB), but always at least one line.
   *
   * A last line without its newline is left for a later call. A line with U+0000 and everything after it are not
   * returned until `nulWaitMs` have passed, because on a network file system these bytes may still arrive. Within a
   * line that is too long, a call may return no line even though `more` is true.
   */
  read(maxBytes?: number): TailBatch
  /**
   * Whether the path still names the file being read. If not, the next `read()` starts with the new one. Costs one
   * stat. Call it regularly, because a file that was renamed, and not deleted, shows no change itself.
   */
  checkIdentity(): boolean
  /** The offset of the next line, in bytes. */
  readonly offset: number
  /**
   * Returns this place as a string: the file and the offset. It is valid across processes; null while there is no file.
   */
  cursor(): string | null
  /**
   * Moves to a place that `cursor()` returned, perhaps in another process.
   *
   * @returns False if that place no longer exists: the position is then unchanged.
   */
  seek(cursor: string): boolean
  /** Moves to the end of the last complete line, without reading the lines before it. */
  seekEnd(): void
  close(): void
}

/** How to follow a file. */
export interface TailOptions extends TailStateOptions {
  /**
   * Whether to open, check and close the file each time, since attribute caches of network file systems hide growth.
   * @defaultValue false
   */
  readonly network?: boolean
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/**
 * Opens a tail; the file need not exist yet.
 *
 * @throws {@link JournalError} when the path cannot be read as a file, or lies outside the allowed directories;
 *   TypeError for an unknown option.
 */
export function openTail(path: string, options: TailOptions = {}): Tail {
  checkOptions('openTail', options, KEYS)
  return new FileTail(path, options)
}

const KEYS: OptionKeys<TailOptions> = {
  from: true,
  network: true,
  now: true,
  nulWaitMs: true,
  maxLineBytes: true,
  within: true,
}

class FileTail implements Tail {
  readonly #path: string
  readonly #file: HeldFile
  readonly #state: TailState

  constructor(path: string, options: TailOptions) {
    this.#path = path
    this.#state = new TailState(options)
    this.#file = new HeldFile(path, options.network ?? false, options.within)
    const fd = this.#file.open()
    if (fd < 0) return
    readPieces(this.#state.begin(this.#file.serial), fd)
    this.#file.release()
  }

  get offset(): number {
    return this.#state.offset
  }

  look(): boolean {
    return this.#file.isClosed ? false : this.#state.isUnread || this.#file.hasChanged()
  }

  read(maxBytes: number = DEFAULT_READ_BYTES): TailBatch {
    try {
      const seen = (): { serial: number; size: number } => ({ serial: this.#file.serial, size: this.#size })
      const batch = this.#withFile(() => this.#state.read(seen(), Math.max(1, maxBytes)))
      if (batch !== undefined) return batch
      this.#state.isUnread = false
      return EMPTY_BATCH
    } catch (error) {
      this.#state.isUnread = true
      return { ...EMPTY_BATCH, failure: ioFailure(`cannot read \`${this.#path}\``, error) }
    }
  }

  checkIdentity(): boolean {
    return this.#file.checkName()
  }

  cursor(): string | null {
    const mark = this.#mark()
    return mark === undefined ? null : cursorAt(mark, this.offset)
  }

  seek(cursor: string): boolean {
    const mark = this.#mark()
    const offset = mark === undefined ? undefined : offsetOfCursor(mark, cursor)
    if (offset === undefined || offset > this.#size) return false
    return this.#quietly(() => startLine(this.#state, offset, this.#file.serial)) ?? false
  }

  seekEnd(): void {
    this.#quietly(() => goToEnd(this.#state, this.#size, this.#file.serial))
  }

  close(): void {
    this.#file.close()
  }

  get #size(): number {
    return this.#file.stats?.size ?? 0
  }

  #mark(): string | undefined {
    return this.#quietly(() => fileMark(this.#file.identity))
  }

  #quietly<Result>(make: () => Reading<Result>): Result | undefined {
    try {
      return this.#withFile(make)
    } catch {
      // The next read fails in the same way and reports the error.
      return undefined
    }
  }

  #withFile<Result>(make: () => Reading<Result>): Result | undefined {
    try {
      const fd = this.#file.open()
      return fd < 0 ? undefined : readPieces(make(), fd)
    } finally {
      this.#file.release()
    }
  }
}

/** Moves to an offset, if a line begins there. */
export function* startLine(state: TailState, offset: number, serial: number): Reading<boolean> {
  if (offset > 0 && (yield { at: offset - 1, length: 1 })[0] !== NEWLINE) return false
  yield* state.goTo(offset, serial)
  return true
}

/** Moves to the end of the last complete line. */
export function* goToEnd(state: TailState, size: number, serial: number): Reading<void> {
  yield* state.goTo(yield* endOfLines(size, state.maxLineBytes), serial)
}
