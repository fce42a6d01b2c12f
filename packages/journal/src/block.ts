import { readSync } from 'node:fs'

/** The byte that ends a line. */
export const NEWLINE = 0x0a

/** Returns the length of the byte order mark at the start of a file: 3 or 0. */
export function byteOrderMark(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

const SCRATCH_LIMIT = 1024 * 1024 + 4096

let scratch: Buffer = Buffer.alloc(0)

/**
 * Returns a buffer of at least `length` bytes to read into. Up to an ordinary size all readers of this process share
 * one, so that thousands of open tails do not need a buffer each. Its content is valid until the next call.
 */
export function scratchBuffer(length: number): Buffer {
  if (length > SCRATCH_LIMIT) return Buffer.allocUnsafeSlow(length)
  if (scratch.length < length) scratch = Buffer.allocUnsafeSlow(length <= 65_536 ? 65_536 : SCRATCH_LIMIT)
  return scratch
}

/**
 * Fills `buffer[at, at + length)` from `position` on. Returns the number of bytes read, which is smaller only at the
 * end of the file.
 */
export function readFully(fd: number, buffer: Buffer, at: number, length: number, position: number): number {
  let done = 0
  while (done < length) {
    const count = readSync(fd, buffer, at + done, length - done, position + done)
    if (count === 0) break
    done += count
  }
  return done
}
