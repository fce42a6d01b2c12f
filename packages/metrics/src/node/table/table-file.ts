import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Appender, openAppender } from '@hotcb/journal'

/**
 * Opens the file of a table for appending. Missing directories are made.
 *
 * @throws Error when the path names something other than a file, or cannot be opened.
 */
export function openTableFile(path: string): Appender {
  refuseOtherThanFile(path)
  mkdirSync(dirname(path), { recursive: true })
  return openAppender(path)
}

/** Appends lines. @throws Error when the disk does not take them. */
export function appendLines(file: Appender, text: string): void {
  const failure = file.append(text)
  if (failure !== null) throw new Error(failure.message)
}

/** @throws Error when the path names a directory, a pipe or a device: reading a pipe may wait forever. */
export function refuseOtherThanFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return
  const what = stats.isDirectory() ? 'a directory' : 'not an ordinary file'
  throw new Error(`\`${path}\` is ${what}: a table needs a file of its own`)
}

/**
 * Removes a last line without its line end, as a killed process or a full disk leaves it.
 *
 * @param isWhole Whether the line is complete anyway, because an editor left out the last line end: then it stays.
 * @returns What was removed; null if nothing was.
 */
export function cutTornLine(path: string, isWhole: (line: string) => boolean): string | null {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null
  const fd = openSync(path, 'r+')
  try {
    const { size } = fstatSync(fd)
    const start = startOfLastLine(fd, size)
    if (start === null || start === size) return null
    const bytes = Buffer.alloc(size - start)
    readSync(fd, bytes, 0, bytes.length, start)
    const line = bytes.toString('utf8')
    if (isWhole(line)) return null
    ftruncateSync(fd, start)
    return line
  } finally {
    closeSync(fd)
  }
}

// A longer line without an end is not one of our rows.
const LONGEST_LINE = 64 * 1024 * 1024
const BLOCK_BYTES = 64 * 1024
const NEWLINE = 10

function startOfLastLine(fd: number, size: number): number | null {
  const block = Buffer.alloc(BLOCK_BYTES)
  for (let end = size; end > 0 && size - end < LONGEST_LINE; end -= BLOCK_BYTES) {
    const from = Math.max(0, end - BLOCK_BYTES)
    const read = readSync(fd, block, 0, end - from, from)
    const at = block.subarray(0, read).lastIndexOf(NEWLINE)
    if (at !== -1) return from + at + 1
  }
  return size < LONGEST_LINE ? 0 : null
}
