import { NEWLINE } from './block.ts'
import { ioFailure } from './errors.ts'
import { cursorAt, fileMark, offsetOfCursor } from './file-mark.ts'
import { type Confine, HeldFile } from './held-file.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { endOfLines, type Reading, readPieces } from './reading.ts'
import { DEFAULT_READ_BYTES, EMPTY_BATCH, type TailBatch, TailState, type TailStateOptions } from './tail-state.ts'

/** Follows a growing file of lines, through deletion, replacement, truncation and rewriting. Never throws once open. */
export interface Tail {
  /** Whether `read()` may give something: one fstat, about a microsecond. A file not yet there is looked for by path. */
  look(): boolean
  /**
   * Complete lines from where it stands, at most `maxBytes` (default 1 MiB) but always one whole line at least.
   *
   * A last line without its newline is left for later. A line with U+0000 is held back with all that follows it until
   * `nulWaitMs` have passed: on a network file system the hole may still be filled. Within a line that is too long a
   * call may give no line and yet `more`.
   */
  read(maxBytes?: number): TailBatch
  /**
   * Does the path still name the file being read? If not, the next `read()` starts with the new one. One stat; needed
   * now and then since a file that was renamed away, not deleted, tells nothing itself.
   */
  checkIdentity(): boolean
  /** Where the next line begins, in bytes. */
  readonly offset: number
  /** This place as text: which file, and how far. It holds across processes; null while there is no file. */
  cursor(): string | null
  /**
   * Goes to a place given out by `cursor()`, perhaps by another process.
   *
   * @returns False where that place is no more: the tail then stands where it stood.
   */
  seek(cursor: string): boolean
  /** Goes to the end of the last whole line, reading nothing of what is before. */
  seekEnd(): void
  close(): void
}

/** How to follow a file. */
export interface TailOptions extends TailStateOptions {
  /** Open, look and close each time, since attribute caches of network file systems hide growth. @defaultValue false */
  readonly network?: boolean
  /** The path to open instead, after its links were judged; undefined when nothing is there. What it throws is a failure. */
  readonly confine?: Confine
}

/**
 * Opens a tail; the file need not exist yet.
 *
 * @throws {@link JournalError} when the path names something that cannot be read as a file, and what `confine` throws;
 * TypeError for an option that does not exist.
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
  confine: true,
}

class FileTail implements Tail {
  readonly #path: string
  readonly #file: HeldFile
  readonly #state: TailState

  constructor(path: string, options: TailOptions) {
    this.#path = path
    this.#state = new TailState(options)
    this.#file = new HeldFile(path, options.network ?? false, options.confine)
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
      // The next read meets the same trouble and tells it.
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

/** Goes to an offset, if a line begins there. */
export function* startLine(state: TailState, offset: number, serial: number): Reading<boolean> {
  if (offset > 0 && (yield { at: offset - 1, length: 1 })[0] !== NEWLINE) return false
  yield* state.goTo(offset, serial)
  return true
}

/** Goes to the end of the last whole line. */
export function* goToEnd(state: TailState, size: number, serial: number): Reading<void> {
  yield* state.goTo(yield* endOfLines(size), serial)
}
