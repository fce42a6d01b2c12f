import { readFully } from './block.ts'
import { withoutByteOrderMark } from './document.ts'
import { journalError } from './errors.ts'
import { HeldFile } from './held-file.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { runningMs } from './running-ms.ts'
import { tickMs } from './stillness.ts'

/** Watches one document, cheaply enough to check it every few milliseconds. */
export interface DocumentWatch {
  /**
   * Whether the document may have changed since the last `read()`. Costs one fstat, or one stat by path while there is
   * no document.
   *
   * Detects replacement, deletion and rewriting in place, also at the same size. Never throws.
   */
  changed(): boolean
  /**
   * Returns the current text without a byte order mark; null when there is no document.
   *
   * @throws JournalError when it exists and cannot be read.
   */
  read(): string | null
  /** Whether the path still names the document that was read. Costs one stat. Call it regularly, as for a tail. */
  checkIdentity(): boolean
  close(): void
}

/** How to watch a document. */
export interface DocumentWatchOptions {
  /**
   * Whether to open, check and close the file each time, since attribute caches of network file systems hide changes.
   * @defaultValue false
   */
  readonly network?: boolean
  /** A clock in milliseconds, with an arbitrary origin. @defaultValue `runningMs` */
  readonly now?: () => number
}

const KEYS: OptionKeys<DocumentWatchOptions> = { network: true, now: true }

/**
 * Watches the document at a path, which need not exist yet. `changed()` is true until the first `read()`.
 *
 * @throws TypeError for an unknown option.
 */
export function watchDocument(path: string, options: DocumentWatchOptions = {}): DocumentWatch {
  checkOptions('watchDocument', options, KEYS)
  return new FileWatch(path, options)
}

class FileWatch implements DocumentWatch {
  readonly #path: string
  readonly #file: HeldFile
  readonly #now: () => number
  #isNew = true
  #last: string | null = null
  // A write after the last read can leave the same times, so the text is compared once more when the clock tick of the
  // file system is over.
  #recheckAt = Number.POSITIVE_INFINITY

  constructor(path: string, options: DocumentWatchOptions) {
    this.#path = path
    this.#file = new HeldFile(path, options.network ?? false)
    this.#now = options.now ?? runningMs
  }

  changed(): boolean {
    if (this.#file.isClosed) return false
    if (this.#isNew || this.#file.hasChanged()) return true
    return this.#now() >= this.#recheckAt && this.#differs()
  }

  read(): string | null {
    try {
      this.#last = this.#readNow()
      this.#isNew = false
    } catch (error) {
      this.#isNew = true
      throw journalError(`cannot read \`${this.#path}\``, this.#path, error)
    }
    const stamp = this.#file.stats?.ctimeMs
    this.#recheckAt = Number.POSITIVE_INFINITY
    if (stamp !== undefined) this.#recheckAt = this.#now() + tickMs(stamp)
    return this.#last
  }

  checkIdentity(): boolean {
    return this.#file.checkName()
  }

  close(): void {
    this.#file.close()
  }

  #differs(): boolean {
    this.#recheckAt = Number.POSITIVE_INFINITY
    try {
      this.#isNew = this.#readNow() !== this.#last
    } catch {
      this.#isNew = true
    }
    return this.#isNew
  }

  #readNow(): string | null {
    try {
      const fd = this.#file.open()
      return fd < 0 ? null : readAll(fd, this.#file.stats?.size ?? 0)
    } finally {
      this.#file.release()
    }
  }
}

function readAll(fd: number, size: number): string {
  // The buffer has one byte more than the size, which shows whether the document has grown since then.
  let bytes = Buffer.allocUnsafe(size + 1)
  let got = readFully(fd, bytes, 0, bytes.length, 0)
  while (got === bytes.length) {
    bytes = Buffer.concat([bytes], bytes.length * 2)
    got += readFully(fd, bytes, got, bytes.length - got, got)
  }
  return withoutByteOrderMark(bytes.toString('utf8', 0, got))
}
