import { statSync, unlinkSync, writeFileSync } from 'node:fs'
import { stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Returns the current time of the clock of the file system that contains a directory, in epoch milliseconds. To
 * read the clock, a file is written there and removed. On a network file system it is the server's clock.
 *
 * @returns null if nothing can be written.
 */
export function fileClockMs(directory: string): number | null {
  const path = scratchIn(directory)
  try {
    writeFileSync(path, '\n', { flag: 'wx' })
    return statSync(path).mtimeMs
  } catch {
    return null
  } finally {
    try {
      unlinkSync(path)
    } catch {
      // The file was not created, or cannot be removed. Its name shows which process made it.
    }
  }
}

/** Does the same without blocking the thread. */
export async function fileClockMsAsync(directory: string): Promise<number | null> {
  const path = scratchIn(directory)
  try {
    await writeFile(path, '\n', { flag: 'wx' })
    return (await stat(path)).mtimeMs
  } catch {
    return null
  } finally {
    await unlink(path).catch(() => undefined)
  }
}

function scratchIn(directory: string): string {
  const tail = Math.floor(Math.random() * 2 ** 32).toString(36)
  return join(directory, `.hotcb-clock-${process.pid}-${tail}`)
}
