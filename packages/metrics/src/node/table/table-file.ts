import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Appender, openAppender } from '@hotcb/journal'

/**
 * Opens a table's file for appending. Missing directories are created.
 *
 * @throws Error if the path is not a file, or cannot be opened.
 */
export function openTableFile(path: string): Appender {
  refuseOtherThanFile(path)
  mkdirSync(dirname(path), { recursive: true })
  return openAppender(path)
}

/** Appends lines. @throws Error if they cannot be written. */
export function appendLines(file: Appender, text: string): void {
  const failure = file.append(text)
  if (failure !== null) throw new Error(failure.message)
}

/** @throws Error if the path is a directory, a pipe or a device, because reading a pipe may block forever. */
export function refuseOtherThanFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || stats.isFile()) return
  const what = stats.isDirectory() ? 'a directory' : 'not an ordinary file'
  throw new Error(`\`${path}\` is ${what}: a table needs a regular file`)
}

/**
 * Removes a last line without a line break, which may be left by a killed process or a full disk.
 *
 * @param isWhole Whether the line is complete anyway, because an editor left out the last line break. If so, it is kept.
 * @returns The removed text; null if nothing was removed.
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

// The maximum length of the last line. This package never writes a longer line.
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
