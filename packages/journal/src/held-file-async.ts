import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { errnoOf, isMissing } from './errors.ts'
import { isSameFile, notAFile } from './held-file.ts'

/** Checks where the links of a path lead. Returns the path to open, or undefined when there is no file; may throw. */
export type ConfineAsync = (path: string) => Promise<string | undefined>

/** How a file is kept open. */
export interface HeldFileAsyncOptions {
  readonly network?: boolean
  readonly confine?: ConfineAsync
}

/** An open file, with its count among the files found under this name, and its current size and identity. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly serial: number
  readonly stats: BigIntStats
}

// How often the name is looked up, in case another file has it now.
const LOOKS_BETWEEN_NAMES = 16

/** The file at a path, kept open to be read without blocking the thread; one use at a time. */
export class HeldFileAsync {
  readonly #path: string
  readonly #options: HeldFileAsyncOptions
  #handle: FileHandle | undefined
  #identity: BigIntStats | undefined
  #serial = 0
  #looks = 0

  constructor(path: string, options: HeldFileAsyncOptions) {
    this.#path = path
    this.#options = options
  }

  /** Undefined while the file does not exist. */
  async open(): Promise<OpenFile | undefined> {
    const confine = this.#options.confine
    const held = await this.#held()
    if (held !== undefined) return held
    const real = confine === undefined ? this.#path : await confine(this.#path)
    const handle = real === undefined ? undefined : await openRegular(real, this.#path)
    if (handle === undefined) {
      this.#identity = undefined
      return undefined
    }
    this.#handle = handle
    const stats = await handle.stat({ bigint: true })
    if (!isSameFile(stats, this.#identity)) this.#serial++
    this.#identity = stats
    return { handle, serial: this.#serial, stats }
  }

  /** Ends the use of the result of `open`. */
  async release(): Promise<void> {
    if (this.#options.network === true) await this.close()
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #held(): Promise<OpenFile | undefined> {
    const handle = this.#handle
    if (handle === undefined) return undefined
    try {
      const stats = await handle.stat({ bigint: true })
      const isNamed = ++this.#looks % LOOKS_BETWEEN_NAMES !== 0 || (await this.#hasName(stats))
      if (stats.nlink > 0n && isNamed) return { handle, serial: this.#serial, stats }
    } catch (error) {
      const errno = errnoOf(error)
      if (errno !== 'ESTALE' && errno !== 'EBADF') throw error
    }
    await this.close()
    return undefined
  }

  async #hasName(stats: BigIntStats): Promise<boolean> {
    try {
      return isSameFile(await stat(this.#path, { bigint: true }), stats)
    } catch (error) {
      return !isMissing(error)
    }
  }
}

async function openRegular(real: string, path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer, perhaps forever. Windows has no such flag.
    handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const stats = await handle.stat()
  if (stats.isFile()) return handle
  await handle.close()
  throw notAFile(stats, path)
}
