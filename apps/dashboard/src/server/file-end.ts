import { type FileHandle, type FileReadResult, open } from 'node:fs/promises'
import { confine } from './confine.ts'
import { errnoOf } from './errno.ts'

/** The newest complete lines of a file, oldest first, and what a `stat` said of it. */
export interface FileEnd {
  readonly lines: readonly string[]
  readonly size: number
  readonly modifiedMs: number
}

/** The last complete lines within about `bytes` of a file's end; undefined when there is no file. */
export async function readFileEnd(path: string, bytes: number, roots: readonly string[]): Promise<FileEnd | undefined> {
  const handle = await openOrNone(path, roots)
  if (handle === undefined) return undefined
  try {
    const stats = await handle.stat()
    const { size, mtimeMs } = stats
    for (let length = Math.min(bytes, size); ; length = Math.min(length * 2, size)) {
      const buffer = Buffer.allocUnsafe(length)
      const { bytesRead }: FileReadResult<Buffer> = await handle.read(buffer, 0, length, size - length)
      const text = buffer.subarray(0, bytesRead)
      const end = text.lastIndexOf(NEWLINE)
      const start = length === size ? 0 : text.indexOf(NEWLINE) + 1
      const isWhole = end >= start && end >= 0
      if (isWhole || length === size || length >= LONGEST) {
        const lines = isWhole ? text.toString('utf8', start, end).split('\n') : []
        return { lines, size, modifiedMs: mtimeMs }
      }
    }
  } finally {
    await handle.close()
  }
}

/** Opens a file to read; undefined when it is not there. */
export async function openOrNone(path: string, roots: readonly string[]): Promise<FileHandle | undefined> {
  try {
    const real = await confine(path, roots)
    return real === undefined ? undefined : await open(real, 'r')
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined
    throw error
  }
}

const NEWLINE = 0x0a
const LONGEST = 16 << 20
