import { readFully } from './block.ts'
import { withoutByteOrderMark } from './document.ts'
import { journalError } from './errors.ts'
import { HeldFile } from './held-file.ts'

/** Watches one document cheaply enough to look every few milliseconds. */
export interface DocumentWatch {
  /**
   * Whether `read()` may give something else than the last time: one fstat, or one stat by path while there is none.
   *
   * Sees replacement, deletion and rewriting in place, also at the same size. Never throws.
   */
  changed(): boolean
  /**
   * The text as it is now without a byte order mark, null when there is no document.
   *
   * @throws JournalError when it is there and cannot be read.
   */
  read(): string | null
  /** Does the path still name the document that was read? One stat; needed now and then, as for a tail. */
  checkIdentity(): boolean
  close(): void
}

/** How to watch a document. */
export interface DocumentWatchOptions {
  /** Open, look and close each time, since attribute caches of network file systems hide change. @defaultValue false */
  readonly network?: boolean
  /** Milliseconds since the epoch, the clock of the file's times. @defaultValue `Date.now` */
  readonly now?: () => number
}

/** Watches the document that a path names, which need not be there yet. `changed()` is true until the first `read()`. */
export function watchDocument(path: string, options: DocumentWatchOptions = {}): DocumentWatch {
  return new FileWatch(path, options)
}

// Coarser than the clock tick of any kernel that stamps files: within one tick two writes can leave the same times.
const TICK_MS = 25

class FileWatch implements DocumentWatch {
  readonly #path: string
  readonly #file: HeldFile
  readonly #now: () => number
  #isNew = true
  #last: string | null = null
  // When the last read came so soon after a write that a second write could have left the same times, it is compared
  // once more at this time.
  #recheckAt = Number.POSITIVE_INFINITY

  constructor(path: string, options: DocumentWatchOptions) {
    this.#path = path
    this.#file = new HeldFile(path, options.network ?? false)
    this.#now = options.now ?? Date.now
  }

  changed(): boolean {
    if (this.#file.isClosed) return false
    if (this.#isNew || this.#file.hasChanged()) return true
    return this.#recheckAt !== Number.POSITIVE_INFINITY && this.#now() >= this.#recheckAt && this.#differs()
  }

  read(): string | null {
    try {
      const fd = this.#file.open()
      const stats = this.#file.stats
      this.#recheckAt = Number.POSITIVE_INFINITY
      this.#isNew = false
      this.#last = fd < 0 ? null : readAll(fd, stats?.size ?? 0)
      const now = this.#now()
      if (stats !== undefined && Math.abs(now - stats.ctimeMs) < TICK_MS) this.#recheckAt = now + TICK_MS
      return this.#last
    } catch (error) {
      this.#isNew = true
      throw journalError(`cannot read \`${this.#path}\``, this.#path, error)
    } finally {
      this.#file.release()
    }
  }

  checkIdentity(): boolean {
    return this.#file.checkName()
  }

  close(): void {
    this.#file.close()
  }

  #differs(): boolean {
    const last = this.#last
    try {
      return this.read() !== last
    } catch {
      return true
    } finally {
      this.#last = last
    }
  }
}

function readAll(fd: number, size: number): string {
  // One byte more than its size: a document that has grown since is read on, to its end.
  let bytes = Buffer.allocUnsafe(size + 1)
  let got = readFully(fd, bytes, 0, bytes.length, 0)
  while (got === bytes.length) {
    bytes = Buffer.concat([bytes], bytes.length * 2)
    got += readFully(fd, bytes, got, bytes.length - got, got)
  }
  return withoutByteOrderMark(bytes.toString('utf8', 0, got))
}
