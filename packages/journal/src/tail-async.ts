import { ioFailure, isSystemError } from './errors.ts'
import { cursorAt, fileMark, hasWholeHead, isShortMark, offsetOfCursor } from './file-mark.ts'
import { HeldFileAsync, type HeldFileAsyncOptions, type OpenFile } from './held-file-async.ts'
import { type LineSink, MAX_LINE_BYTES, splitLines, type TailLine } from './line.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { findNewline, type Reading, readPiecesAsync } from './reading.ts'
import { createStillness } from './stillness.ts'
import { goToEnd, startLine } from './tail.ts'
import { DEFAULT_READ_BYTES, EMPTY_BATCH, type TailBatch, TailState, type TailStateOptions } from './tail-state.ts'

/**
 * A {@link Tail} that does not block the thread, for servers. Calls may be made at any time; they run one after another.
 */
export interface AsyncTail {
  /** Like `read` of a {@link Tail}, after checking for changes. Never throws. */
  read(maxBytes?: number): Promise<TailBatch>
  /** The offset of the next line, in bytes. */
  readonly offset: number
  /** Whether there was a file at the last call. */
  readonly exists: boolean
  /** This place as a string: the file and the offset. It is valid across processes, and also for a {@link Tail}. */
  readonly cursor: string
  /** Formats another place in the same file as a string. */
  cursorAt(offset: number): string
  /** Returns the byte offset of a cursor of exactly this file; undefined for any other text. */
  offsetOf(cursor: string): number | undefined
  /**
   * Moves to the place of a cursor, perhaps from another process.
   *
   * @returns False if that place no longer exists: the position is then unchanged.
   */
  seek(cursor: string): Promise<boolean>
  /** Moves to the end of the last complete line, without reading the lines before it. */
  seekEnd(): Promise<void>
  /**
   * Returns complete lines of this file from an earlier place up to the current position: at most `maxBytes`, but
   * always at least one line. `to` is the offset of the next line, or the same place if there is none.
   */
  readAt(offset: number, maxBytes?: number): Promise<{ readonly lines: readonly TailLine[]; readonly to: number }>
  close(): Promise<void>
}

/** How to follow a file without blocking. */
export interface AsyncTailOptions extends TailStateOptions, HeldFileAsyncOptions {}

const KEYS: OptionKeys<AsyncTailOptions> = {
  from: true,
  now: true,
  nulWaitMs: true,
  maxLineBytes: true,
  network: true,
  within: true,
}

/**
 * Opens a tail; nothing is read yet, and the file need not exist.
 *
 * @throws TypeError for an unknown option.
 */
export function openTailAsync(path: string, options: AsyncTailOptions = {}): AsyncTail {
  checkOptions('openTailAsync', options, KEYS)
  return new FileTailAsync(path, options)
}

class FileTailAsync implements AsyncTail {
  readonly #path: string
  readonly #file: HeldFileAsync
  readonly #state: TailState
  readonly #maxLineBytes: number
  readonly #isStill: (file: OpenFile) => boolean
  // The mark of the file that was read. It is computed again when another file has replaced this one, or the file
  // starts over.
  #mark = ''
  #markedSerial = 0
  #exists = false
  #turn: Promise<unknown> = Promise.resolve()

  constructor(path: string, options: AsyncTailOptions) {
    this.#path = path
    this.#file = new HeldFileAsync(path, options)
    this.#state = new TailState(options)
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
    this.#isStill = createStillness(options.now)
  }

  get offset(): number {
    return this.#state.offset
  }

  get exists(): boolean {
    return this.#exists
  }

  get cursor(): string {
    return this.cursorAt(this.offset)
  }

  cursorAt(offset: number): string {
    return cursorAt(this.#mark, offset)
  }

  offsetOf(cursor: string): number | undefined {
    return offsetOfCursor(this.#mark, cursor)
  }

  async read(maxBytes: number = DEFAULT_READ_BYTES): Promise<TailBatch> {
    try {
      return (await this.#use((file) => this.#readNow(file, Math.max(1, maxBytes)))) ?? EMPTY_BATCH
    } catch (error) {
      if (!isSystemError(error)) throw error
      return { ...EMPTY_BATCH, failure: ioFailure(`cannot read \`${this.#path}\``, error) }
    }
  }

  async seek(cursor: string): Promise<boolean> {
    const found = await this.#use(async ({ handle, serial, stats }) => {
      const offset = this.offsetOf(cursor)
      if (offset === undefined || offset > stats.size) return false
      return readPiecesAsync(startLine(this.#state, offset, serial), handle)
    })
    return found ?? false
  }

  async seekEnd(): Promise<void> {
    await this.#use(({ handle, serial, stats }) =>
      readPiecesAsync(goToEnd(this.#state, Number(stats.size), serial), handle),
    )
  }

  async readAt(
    offset: number,
    maxBytes: number = DEFAULT_READ_BYTES,
  ): Promise<{ readonly lines: readonly TailLine[]; readonly to: number }> {
    const found = await this.#use(({ handle }) =>
      readPiecesAsync(linesAt({ offset, end: this.offset, maxBytes }, this.#maxLineBytes), handle),
    )
    return found ?? { lines: [], to: offset }
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#file.close())
  }

  #inTurn<Value>(task: () => Promise<Value>): Promise<Value> {
    const next = this.#turn.then(task)
    this.#turn = next.catch(() => undefined)
    return next
  }

  async #readNow(file: OpenFile, maxBytes: number): Promise<TailBatch> {
    if (this.#isStill(file) && !this.#state.isUnread) return EMPTY_BATCH
    const { handle, serial, stats } = file
    const batch = await readPiecesAsync(this.#state.read({ serial, size: Number(stats.size) }, maxBytes), handle)
    // A file that was truncated or rewritten may begin with different bytes.
    if (batch.reset !== null) this.#mark = await readPiecesAsync(fileMark(stats), handle)
    return batch
  }

  #use<Result>(task: (file: OpenFile) => Promise<Result>): Promise<Result | undefined> {
    return this.#inTurn(async () => {
      try {
        const file = await this.#file.open()
        this.#exists = file !== undefined
        if (file === undefined) return undefined
        await this.#takeMark(file)
        return await task(file)
      } finally {
        await this.#file.release()
      }
    })
  }

  async #takeMark({ handle, serial, stats }: OpenFile): Promise<void> {
    const isKnown = serial === this.#markedSerial && !(isShortMark(this.#mark) && hasWholeHead(Number(stats.size)))
    if (isKnown) return
    this.#mark = await readPiecesAsync(fileMark(stats), handle)
    this.#markedSerial = serial
  }
}

interface Span {
  readonly offset: number
  /** The offset after the last of the lines. */
  readonly end: number
  readonly maxBytes: number
}

function* linesAt(
  { offset, end, maxBytes }: Span,
  maxLineBytes: number,
): Reading<{ readonly lines: readonly TailLine[]; readonly to: number }> {
  const sink: LineSink = { lines: [], oversized: [] }
  if (offset >= end) return { lines: sink.lines, to: offset }
  let bytes = yield { at: offset, length: Math.min(maxBytes, end - offset) }
  let length = bytes.lastIndexOf(0x0a) + 1
  if (length === 0) {
    const newline = yield* findNewline(offset + bytes.length, end)
    if (newline < 0) return { lines: sink.lines, to: offset }
    length = newline + 1 - offset
    bytes = yield { at: offset, length }
    length = Math.min(length, bytes.length)
  }
  splitLines(bytes, 0, length, offset, maxLineBytes, sink)
  return { lines: sink.lines, to: offset + length }
}
