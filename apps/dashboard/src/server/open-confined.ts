import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf } from '@hotcb/journal'
import { confine } from './confine.ts'

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
