import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'

/** Where histories are kept whose run directory cannot be written to: `hotcb` in the user's cache directory. */
export function historyCacheDirectory(): string {
  return join(userCacheDirectory(), 'hotcb', 'history')
}

/** Empties that directory; gives how many bytes went. What is kept beside runs stays with them. */
export function clearHistoryCache(directory: string = historyCacheDirectory()): number {
  const bytes = sizeOf(directory)
  rmSync(directory, { recursive: true, force: true })
  return bytes
}

/**
 * The first directory that can be made for the history of a file: beside it, else under `userDirectory`; undefined when
 * neither can.
 */
export function makeCacheDirectory(path: string, userDirectory: string): string | undefined {
  const absolute = resolve(path)
  const key = createHash('sha256').update(absolute).digest('hex').slice(0, 16)
  for (const directory of [join(dirname(absolute), '.hotcb-cache', basename(absolute)), join(userDirectory, key)]) {
    try {
      mkdirSync(directory, { recursive: true })
      return directory
    } catch {
      // Not there, then the next.
    }
  }
  return undefined
}

/** The directories in which the history of a file may be, whether or not they are there. */
export function cacheDirectories(path: string, userDirectory: string): readonly string[] {
  const absolute = resolve(path)
  const key = createHash('sha256').update(absolute).digest('hex').slice(0, 16)
  return [join(dirname(absolute), '.hotcb-cache', basename(absolute)), join(userDirectory, key)]
}

function userCacheDirectory(): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = process.env
  if (xdg) return xdg
  if (process.platform === 'win32' && local) return local
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache')
}

function sizeOf(directory: string): number {
  const stats = statSync(directory, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return names.reduce((sum, name) => {
    const found = statSync(join(directory, name), { throwIfNoEntry: false })
    return found?.isFile() ? sum + found.size : sum
  }, 0)
}
