import { fstatSync, readSync, writeSync } from 'node:fs'
import { PAGE } from '../ring.ts'

/** The memory that the trainer has mapped. */
export interface Page {
  /** Asks the trainer for a contact. */
  raise(): void
  /** The contact is here. */
  lower(): void
  /** Bytes that the trainer has ever put into the ring. */
  head(): number
  /** Bytes that are safe in the files. */
  drained(): number
  setDrained(bytes: number): void
  /** Bytes of the ring, from an offset in it. */
  read(offset: number, length: number): Uint8Array
}

/**
 * Node cannot map a file into memory, but reading and writing the same file reaches the same pages.
 *
 * @param fd The file that the trainer has mapped.
 * @throws RangeError when it is too small.
 */
export function openPage(fd: number): Page {
  const { size } = fstatSync(fd)
  if (size < PAGE.bytes) throw new RangeError(`the page must have ${PAGE.bytes} bytes, got ${size}`)
  const [on, off] = [Uint8Array.of(1), Uint8Array.of(0)]
  const word = Buffer.alloc(8)

  function readWord(at: number): number {
    readSync(fd, word, 0, 8, at)
    return Number(word.readBigInt64LE(0))
  }

  return {
    raise: () => void writeSync(fd, on, 0, 1, PAGE.flag),
    lower: () => void writeSync(fd, off, 0, 1, PAGE.flag),
    head: () => readWord(PAGE.head),
    drained: () => readWord(PAGE.drained),
    setDrained(bytes) {
      word.writeBigInt64LE(BigInt(bytes), 0)
      writeSync(fd, word, 0, 8, PAGE.drained)
    },
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length)
      let got = 0
      while (got < length) {
        const count = readSync(fd, bytes, got, length - got, PAGE.ring + offset + got)
        if (count === 0) throw new RangeError(`the page ends at ${offset + got}`)
        got += count
      }
      return bytes
    },
  }
}
