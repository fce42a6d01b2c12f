import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { confine } from './confine.ts'
import { errnoOf } from './errno.ts'

/** What one look found. Text is complete lines only, each ended by `\n`. */
export type TailLook =
  | { readonly kind: 'same' }
  | { readonly kind: 'grown'; readonly from: number; readonly to: number; readonly text: string }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'missing' }

/**
 * Follows a file that grows, without blocking the thread.
 *
 * A file that was cut, replaced by rename or written anew in place is noticed: by size, by inode, and by the bytes
 * before the place read last, which are read again with what is new.
 */
export class FileTail {
  readonly path: string
  readonly #roots: readonly string[]
  #handle: FileHandle | undefined
  // Inode and birth, and with a hash of the first bytes.
  #file = ''
  #identity = ''
  #offset = 0
  #fingerprint: Buffer = Buffer.alloc(0)
  #looks = 0

  /** @param roots A link is followed only to what lies below one of these. */
  constructor(path: string, roots: readonly string[]) {
    this.path = path
    this.#roots = roots
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset
  }

  /** This place as text for the wire: which file, and how far. It holds across processes. */
  get position(): string {
    return this.positionAt(this.#offset)
  }

  /** Another place of the same file as text for the wire. */
  positionAt(offset: number): string {
    return `${this.#identity}.${offset}`
  }

  /** Goes to the end of the last complete line, reading nothing of what is before. */
  async seekEnd(): Promise<void> {
    const size = await this.#open()
    if (size === undefined) return
    this.#offset = await this.#lineStartBefore(size)
    await this.#takeFingerprint()
  }

  /**
   * Goes to a cursor given out earlier, perhaps by another process.
   *
   * @returns False when that place is no more: the tail then stands at the start.
   */
  async seek(position: string): Promise<boolean> {
    const size = await this.#open()
    if (size !== undefined && size >= HEAD && this.#identity.endsWith('-')) await this.#identify()
    const offset = this.offsetOf(position)
    if (size === undefined || offset === undefined || offset > size) return false
    if (offset > 0 && (await this.#bytes(offset - 1, 1))[0] !== NEWLINE) return false
    this.#offset = offset
    await this.#takeFingerprint()
    return true
  }

  /** The byte offset of a cursor of this very file, or undefined. */
  offsetOf(position: string): number | undefined {
    const at = position.lastIndexOf('.')
    const offset = Number(position.slice(at + 1))
    if (position.slice(0, at) !== this.#identity) return undefined
    return Number.isSafeInteger(offset) && offset >= 0 ? offset : undefined
  }

  /** Looks once; gives at most about `limit` bytes of complete lines. */
  async look(limit: number = PIECE): Promise<TailLook> {
    try {
      return await this.#look(limit)
    } catch (error) {
      const errno = errnoOf(error)
      if (errno !== 'ESTALE' && errno !== 'EIO' && errno !== 'EBADF') throw error
      await this.close()
      return { kind: 'missing' }
    }
  }

  /** Complete lines from any earlier place of this file, at most about `limit` bytes. */
  async readFrom(offset: number, limit: number = PIECE): Promise<{ readonly text: string; readonly to: number }> {
    const length = Math.min(limit, this.#offset - offset)
    const bytes = await this.#bytes(offset, length)
    let end = bytes.lastIndexOf(NEWLINE) + 1
    let all = bytes
    while (end === 0 && all.length < Math.min(LONGEST_LINE, this.#offset - offset)) {
      all = await this.#bytes(offset, Math.min(all.length * 4, this.#offset - offset))
      end = all.lastIndexOf(NEWLINE) + 1
    }
    return { text: all.toString('utf8', 0, end), to: offset + end }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #look(limit: number): Promise<TailLook> {
    const known = this.#file
    const size = await this.#open()
    if (size === undefined) return { kind: 'missing' }
    if (known !== '' && known !== this.#file) return { kind: 'replaced' }
    if (this.#identity.endsWith('-') && size >= HEAD) await this.#identify()
    if (size < this.#offset) return this.#startAgain()
    if (size === this.#offset) return { kind: 'same' }
    const back = this.#fingerprint.length
    let bytes = await this.#bytes(this.#offset - back, Math.min(limit, size - this.#offset) + back)
    if (!bytes.subarray(0, back).equals(this.#fingerprint)) return this.#startAgain()
    let end = bytes.lastIndexOf(NEWLINE) + 1
    while (end <= back && bytes.length - back < Math.min(LONGEST_LINE, size - this.#offset)) {
      bytes = await this.#bytes(this.#offset - back, Math.min(bytes.length * 4, size - this.#offset + back))
      end = bytes.lastIndexOf(NEWLINE) + 1
    }
    if (end <= back) return { kind: 'same' }
    const from = this.#offset
    this.#offset = from + end - back
    this.#fingerprint = Buffer.from(bytes.subarray(Math.max(0, end - FINGERPRINT), end))
    return { kind: 'grown', from, to: this.#offset, text: bytes.toString('utf8', back, end) }
  }

  /** Opens the file if need be; its size, or undefined when it is not there. */
  async #open(): Promise<number | undefined> {
    this.#looks++
    if (this.#handle !== undefined && this.#looks % LOOKS_BETWEEN_NAMES !== 0) {
      const stats = await this.#handle.stat()
      if (stats.nlink > 0) return stats.size
    }
    let handle: FileHandle
    try {
      const real = await confine(this.path, this.#roots)
      if (real === undefined) {
        await this.close()
        return undefined
      }
      handle = await open(real, 'r')
    } catch (error) {
      const errno = errnoOf(error)
      if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'EACCES') throw error
      await this.close()
      return undefined
    }
    const stats = await handle.stat()
    await this.close()
    this.#handle = handle
    const file = `${stats.ino.toString(36)}-${Math.floor(stats.birthtimeMs).toString(36)}`
    if (file !== this.#file) {
      this.#file = file
      await this.#identify()
      this.#rewind()
    }
    return stats.size
  }

  /** Names the file by inode, birth and first bytes: one of these differs when it is written anew. */
  async #identify(): Promise<void> {
    const head = await this.#bytes(0, HEAD)
    const mark = head.length < HEAD ? '' : createHash('sha256').update(head).digest('hex').slice(0, 8)
    this.#identity = `${this.#file}-${mark}`
  }

  async #startAgain(): Promise<TailLook> {
    await this.#identify()
    this.#rewind()
    return { kind: 'replaced' }
  }

  #rewind(): void {
    this.#offset = 0
    this.#fingerprint = Buffer.alloc(0)
  }

  async #takeFingerprint(): Promise<void> {
    const start = Math.max(0, this.#offset - FINGERPRINT)
    this.#fingerprint = await this.#bytes(start, this.#offset - start)
  }

  async #lineStartBefore(size: number): Promise<number> {
    for (let end = size; end > 0; ) {
      const start = Math.max(0, end - 65_536)
      const at = (await this.#bytes(start, end - start)).lastIndexOf(NEWLINE)
      if (at >= 0) return start + at + 1
      end = start
    }
    return 0
  }

  async #bytes(position: number, length: number): Promise<Buffer> {
    if (this.#handle === undefined || length <= 0) return Buffer.alloc(0)
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await this.#handle.read(buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  }
}

const NEWLINE = 0x0a
const PIECE = 1 << 20
const LONGEST_LINE = 16 << 20
const FINGERPRINT = 32
const HEAD = 64
// A held file may have lost its name to another; the name is looked up so often.
const LOOKS_BETWEEN_NAMES = 16
