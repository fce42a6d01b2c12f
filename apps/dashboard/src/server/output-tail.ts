import type { AllowedFolders } from '@hotcb/journal'
import type { OutputTail } from '../shared/output.ts'
import { openOrNone } from './run-files.ts'

/** The maximum number of bytes that are read from the end of the file. */
export const OUTPUT_BYTES: number = 64 * 1024

/**
 * Reads the last 64 KiB of a program's output file, starting at the first complete line; null if the file does not exist.
 *
 * The file need not consist of lines: a program may print anything. It may also be shortened while it is read.
 *
 * @param known The stamp from an earlier answer: if the file still has this stamp, `text` is null.
 * @throws JournalError if the path exists and is not a regular file inside the allowed folders.
 */
export async function readOutputTail(path: string, within: AllowedFolders, known = ''): Promise<OutputTail | null> {
  const handle = await openOrNone(path, within)
  if (handle === undefined) return null
  try {
    const { ino, size, mtimeMs } = await handle.stat()
    const stamp = `${ino}:${size}:${mtimeMs}`
    const start = Math.max(0, size - OUTPUT_BYTES)
    if (stamp === known) return { stamp, size, skipped: start, text: null }
    const buffer = Buffer.alloc(size - start)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start)
    const bytes = buffer.subarray(0, bytesRead)
    const cut = start === 0 ? 0 : bytes.indexOf(LINE_END) + 1
    return { stamp, size, skipped: start + cut, text: bytes.subarray(cut).toString('utf8') }
  } finally {
    await handle.close()
  }
}

const LINE_END = 10
