import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { openInside } from '@hotcb/journal'
import type { BlockStorage } from '../../history/metric-table.ts'

/**
 * Files of blocks in a cache directory. Only the object that created a file appends to it, so that several processes can
 * cache one run.
 */
export class Segments implements BlockStorage {
  readonly #directory: string
  readonly #open: { readonly name: string; readonly fd: number; length: number }[] = []
  // The index of the file to which this object writes, -1 before the first block.
  #own = -1

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Names and lengths for the index. */
  list(): { readonly name: string; readonly length: number }[] {
    return this.#open.map(({ name, length }) => ({ name, length }))
  }

  /** Opens a segment listed in an index. Throws if it is missing or shorter than before. */
  add(name: string, length: number): void {
    // The name comes from a file: it must be a segment name in this directory.
    if (!NAME.test(name)) throw new RangeError(`\`${name}\` is not the name of a segment`)
    const path = join(this.#directory, name)
    const within = [realpathSync(this.#directory)]
    const fd = openInside(path, { flags: constants.O_RDONLY, within, doing: `cannot read \`${path}\`` })
    this.#open.push({ name, fd, length })
    const { size } = fstatSync(fd)
    if (size < length) throw new RangeError(`\`${name}\` must be ${length} bytes long, got ${size}`)
  }

  write(bytes: Uint8Array): { segment: number; offset: number } {
    const file = this.#file()
    const offset = file.length
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file.fd, bytes, done, bytes.length - done, offset + done)
    }
    file.length += bytes.length
    return { segment: this.#own, offset }
  }

  read(place: { readonly segment: number; readonly offset: number }, into: Uint8Array): void {
    const file = this.#open[place.segment]
    if (file === undefined) throw new RangeError(`there is no segment ${place.segment}`)
    for (let done = 0; done < into.length; ) {
      const got = readSync(file.fd, into, done, into.length - done, place.offset + done)
      if (got === 0) throw new RangeError(`\`${file.name}\` ends before byte ${place.offset + into.length}`)
      done += got
    }
  }

  sync(): void {
    const file = this.#open[this.#own]
    if (file !== undefined) fdatasyncSync(file.fd)
  }

  /** Deletes orphaned files, which are not in use here and have not been modified for an hour. */
  sweep(nowMs: number): void {
    const used = new Set(this.#open.map(({ name }) => name))
    for (const name of readdirSync(this.#directory)) {
      if (!name.endsWith(SUFFIX) || used.has(name)) continue
      const path = join(this.#directory, name)
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats !== undefined && nowMs - stats.mtimeMs > 3_600_000) unlinkSync(path)
    }
  }

  close(): void {
    for (const { fd } of this.#open.splice(0)) closeSync(fd)
    this.#own = -1
  }

  #file(): { readonly name: string; readonly fd: number; length: number } {
    const known = this.#open[this.#own]
    if (known !== undefined) return known
    const name = `${randomBytes(6).toString('hex')}${SUFFIX}`
    const made = { name, fd: openSync(join(this.#directory, name), 'wx+'), length: 0 }
    this.#own = this.#open.push(made) - 1
    return made
  }
}

const SUFFIX = '.columns'
const NAME = /^[0-9a-f]{12}\.columns$/
