import { fstatSync, readSync, writeSync } from 'node:fs'
import { PAGE } from '../ring.ts'

/** The memory that the trainer has mapped. */
export interface Page {
  /** Requests a contact from the trainer. */
  raise(): void
  /** Withdraws the request, because the contact has arrived. */
  lower(): void
  /** Returns the total number of bytes that the trainer has put into the ring. */
  head(): number
  /** Returns the number of bytes that have been written to the files. */
  drained(): number
  setDrained(bytes: number): void
  /** Returns bytes from the ring, starting at an offset. */
  read(offset: number, length: number): Uint8Array
}

/**
 * Opens the page. Node cannot map a file into memory, but reading and writing the file accesses the same memory.
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
