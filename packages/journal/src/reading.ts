import type { FileHandle } from 'node:fs/promises'
import { NEWLINE, readFully, scratchBuffer } from './block.ts'

/** The part of a file that is needed next. */
export interface Piece {
  readonly at: number
  readonly length: number
}

/**
 * A computation over pieces of a file, independent of how they are read. It yields requests, one after the other, and
 * receives the bytes, which are fewer only at the end of the file. They are valid until the next piece.
 */
export type Reading<Result> = Generator<Piece, Result, Buffer>

/** Reads the requested pieces, blocking the thread. */
export function readPieces<Result>(reading: Reading<Result>, fd: number): Result {
  let step = reading.next()
  while (step.done !== true) {
    const { at, length } = step.value
    const buffer = scratchBuffer(length)
    step = reading.next(buffer.subarray(0, readFully(fd, buffer, 0, length, at)))
  }
  return step.value
}

/** Reads the requested pieces without blocking the thread. */
export async function readPiecesAsync<Result>(reading: Reading<Result>, handle: FileHandle): Promise<Result> {
  let step = reading.next()
  while (step.done !== true) step = reading.next(await readPiece(handle, step.value))
  return step.value
}

async function readPiece(handle: FileHandle, { at, length }: Piece): Promise<Buffer> {
  // The shared buffer cannot be used, because other readers may use it during the wait.
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

// Each block is twice as long as the previous one, so that a line of several gigabytes needs thousands of reads instead
// of a hundred thousand.
const FIRST_BLOCK_BYTES = 65_536
const LAST_BLOCK_BYTES = 1 << 20

/** Finds the offset of the first newline in `[from, to)`, -1 if there is none. Requests one block at a time. */
export function* findNewline(from: number, to: number): Reading<number> {
  let block = FIRST_BLOCK_BYTES
  for (let at = from; at < to; block = Math.min(block * 2, LAST_BLOCK_BYTES)) {
    const want = Math.min(to - at, block)
    const bytes = yield { at, length: want }
    const found = bytes.indexOf(NEWLINE)
    if (found >= 0) return at + found
    if (bytes.length < want) return -1
    at += bytes.length
  }
  return -1
}

/**
 * Finds the end of the last complete line of `[0, size)`: the offset after its newline, or 0 if there is none. If the
 * last `maxLineBytes` contain no newline, it is `size`, because the line being written is too long to be returned.
 */
export function* endOfLines(size: number, maxLineBytes: number): Reading<number> {
  let block = FIRST_BLOCK_BYTES
  for (let end = size; end > 0; block = Math.min(block * 2, LAST_BLOCK_BYTES)) {
    const at = Math.max(0, end - block)
    const found = (yield { at, length: end - at }).lastIndexOf(NEWLINE)
    if (found >= 0) return at + found + 1
    if (size - at > maxLineBytes) return size
    end = at
  }
  return 0
}
