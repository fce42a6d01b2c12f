import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import { errnoOf, isMissing } from './errors.ts'
import { isSameFile } from './held-file.ts'
import { type AllowedFolders, openInsideAsync } from './open-inside.ts'

/** How a file is kept open. */
export interface HeldFileAsyncOptions {
  readonly network?: boolean
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

/** An open file: its serial number among the files found at this path, and its current size and identity. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly serial: number
  readonly stats: BigIntStats
}

// The number of uses between two checks of the path, which may name another file in the meantime.
const LOOKS_BETWEEN_NAMES = 16

/** Keeps the file at a path open to read it without blocking the thread. Only one use at a time. */
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

  /** Opens the file if necessary; undefined while it does not exist. */
  async open(): Promise<OpenFile | undefined> {
    const held = await this.#held()
    if (held !== undefined) return held
    const handle = await this.#openAnew()
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

  async #openAnew(): Promise<FileHandle | undefined> {
    const { within } = this.#options
    const doing = `cannot read \`${this.#path}\``
    try {
      return await openInsideAsync(this.#path, { flags: constants.O_RDONLY, within, doing })
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
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
