import type { AllowedFolders } from '@hotcb/journal'
import type { OutputTail } from '../shared/output.ts'
import { openOrNone } from './run-files.ts'

/** At most this much of the end of the file is read, whatever its size. */
export const OUTPUT_BYTES: number = 64 * 1024

/**
 * The last 64 KiB of a program's output file, from the first complete line on; null if the file does not exist.
 *
 * The file need not consist of lines: a program may print anything. It may also be shortened while it is read.
 *
 * @param known The stamp of an earlier answer: while it fits, no text is given.
 * @throws JournalError if the path exists and is not a regular file inside
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
