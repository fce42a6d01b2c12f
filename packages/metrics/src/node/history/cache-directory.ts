import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type AllowedFolders, isWithin } from '@hotcb/journal'

/** Returns the directory for histories of read-only run directories: `hotcb` in the user's cache directory. */
export function historyCacheDirectory(): string {
  return join(userCacheDirectory(), 'hotcb', 'history')
}

/** Empties that directory and returns the number of deleted bytes. Caches next to runs are kept. */
export function clearHistoryCache(directory: string = historyCacheDirectory()): number {
  const bytes = sizeOf(directory)
  rmSync(directory, { recursive: true, force: true })
  return bytes
}

/**
 * Returns the first directory that can be created for a file's history: next to the file, or else under `userDirectory`; undefined if
 * neither can be created.
 */
export function makeCacheDirectory(path: string, userDirectory: string, within?: AllowedFolders): string | undefined {
  const [beside, own] = placesOf(path, userDirectory)
  for (const directory of [beside, own]) {
    try {
      if (directory === beside) makeBeside(beside, within)
      else mkdirSync(directory, { recursive: true })
      return directory
    } catch {
      // This directory cannot be created, so the next one is tried.
    }
  }
  return undefined
}

/** Returns the directories that may contain a file's history, whether or not they exist. */
export function cacheDirectories(path: string, userDirectory: string, within?: AllowedFolders): readonly string[] {
  const [beside, own] = placesOf(path, userDirectory)
  return isInside(beside, within) ? [beside, own] : [own]
}

function placesOf(path: string, userDirectory: string): readonly [beside: string, own: string] {
  const absolute = resolve(path)
  const key = createHash('sha256').update(absolute).digest('hex').slice(0, 16)
  return [join(dirname(absolute), '.hotcb-cache', basename(absolute)), join(userDirectory, key)]
}

// Creates one level at a time, so that a symbolic link cannot create directories elsewhere.
function makeBeside(directory: string, within: AllowedFolders | undefined): void {
  for (const one of [dirname(directory), directory]) {
    mkdirSync(one, { recursive: true })
    if (!isInside(one, within)) throw new Error(`\`${one}\` is a link`)
  }
}

function isInside(directory: string, within: AllowedFolders | undefined): boolean {
  if (within === undefined) return true
  try {
    const place = realpathSync(directory)
    return within.some((root) => isWithin(place, root))
  } catch {
    // A missing directory is empty.
    return false
  }
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
