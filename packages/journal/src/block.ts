import { readSync } from 'node:fs'

/** The byte that ends a line. */
export const NEWLINE = 0x0a

/** How many bytes of a byte order mark a file's first bytes begin with: 3 or 0. */
export function byteOrderMark(bytes: Buffer): number {
  return bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

const SCRATCH_LIMIT = 1024 * 1024 + 4096

let scratch: Buffer | undefined

/**
 * A buffer of at least `length` bytes to read into, shared by all readers of this process while it is of ordinary size:
 * thousands of open tails hold none each. Its content lasts until the next call.
 */
export function scratchBuffer(length: number): Buffer {
  if (length > SCRATCH_LIMIT) return Buffer.allocUnsafeSlow(length)
  if (scratch === undefined || scratch.length < length) {
    scratch = Buffer.allocUnsafeSlow(length <= 65_536 ? 65_536 : SCRATCH_LIMIT)
  }
  return scratch
}

/** Fills `buffer[at, at + length)` from `position` on; gives the bytes read, fewer only at the end of the file. */
export function readFully(fd: number, buffer: Buffer, at: number, length: number, position: number): number {
  let done = 0
  while (done < length) {
    const count = readSync(fd, buffer, at + done, length - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}
