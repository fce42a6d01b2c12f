import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { errnoOf, isMissing, JournalError } from './errors.ts'

/**
 * Real paths of directories. The opened file must be a regular file in one of them, whatever symbolic links its path
 * contains. This is checked on the open descriptor, so a link that is created in between has no effect.
 */
export type AllowedFolders = readonly string[]

/** How a file is opened. */
export interface OpenFlags {
  /** Flags as for `open`. Opening never waits for the other end of a pipe. */
  readonly flags: number
  /** The mode of a new file, before the umask. @defaultValue 0o666 */
  readonly mode?: number
  /** The allowed directories; undefined for any. */
  readonly within: AllowedFolders | undefined
  /** The start of a message, such as "cannot read `x`". */
  readonly doing: string
}

/**
 * Opens a regular file.
 *
 * @throws {@link JournalError} `not-a-file` for a directory, a pipe and the like, and for a link without a target;
 *   `outside` when it is in none of the allowed directories; the error of `open`, such as ENOENT.
 */
export function openInside(path: string, { flags, mode, within, doing }: OpenFlags): number {
  for (let attempt = 1; ; attempt++) {
    const fd = openOr(() => openSync(path, flags | NONBLOCK, mode), path, within, doing)
    try {
      const stats = fstatSync(fd, { bigint: true })
      requireRegular(stats, path, doing)
      const place = within === undefined ? undefined : placeSync(fd, path, stats)
      if (isSettled(place, path, within, doing, attempt)) return fd
    } catch (error) {
      closeSync(fd)
      throw error
    }
    closeSync(fd)
  }
}

/** Does the same without blocking the thread. */
export async function openInsideAsync(path: string, { flags, mode, within, doing }: OpenFlags): Promise<FileHandle> {
  for (let attempt = 1; ; attempt++) {
    const handle = await openOrAsync(() => open(path, flags | NONBLOCK, mode), path, within, doing)
    try {
      const stats = await handle.stat({ bigint: true })
      requireRegular(stats, path, doing)
      const place = within === undefined ? undefined : await placeAsync(handle.fd, path, stats)
      if (isSettled(place, path, within, doing, attempt)) return handle
    } catch (error) {
      await handle.close()
      throw error
    }
    await handle.close()
  }
}

/**
 * Opens a regular file for writing, and creates it if it does not exist. The directory must exist. A link without a
 * target is never followed.
 *
 * @throws the same errors as {@link openInside}.
 */
export function makeInside(path: string, options: OpenFlags): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return openInside(path, options)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    requireInside(realpathSync.native(dirname(path)), path, options)
    try {
      return openInside(path, { ...options, flags: options.flags | constants.O_CREAT | constants.O_EXCL })
    } catch (error) {
      // Another process has created the file in between.
      if (errnoOf(error) !== 'EEXIST' || attempt === MOST_TRIES) throw error
    }
  }
}

/** @throws {@link JournalError} `outside` when a real path is in none of the directories. `path` is for the message. */
export function requireInside(place: string, path: string, { within, doing }: Omit<OpenFlags, 'flags'>): void {
  if (within === undefined || within.some((root) => isWithin(place, root))) return
  throw new JournalError('outside', `${doing}: it is a link out of the served directories`, path)
}

/** Whether `path` is `root` or is below it; both must be real paths. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** Returns the error for a path that names a directory, a pipe or the like. */
export function notAFile(stats: Pick<Stats | BigIntStats, 'isDirectory'>, path: string, doing: string): JournalError {
  const reason = stats.isDirectory() ? 'it is a directory' : 'it is not a regular file'
  return new JournalError('not-a-file', `${doing}: ${reason}`, path)
}

function requireRegular(stats: BigIntStats, path: string, doing: string): void {
  if (!stats.isFile()) throw notAFile(stats, path, doing)
}

/**
 * Checks that the open file lies in an allowed directory. Returns false if its path led to another file in the meantime.
 */
function isSettled(
  place: string | undefined,
  path: string,
  within: AllowedFolders | undefined,
  doing: string,
  attempt: number,
): boolean {
  if (within === undefined) return true
  if (place !== undefined) requireInside(place, path, { within, doing })
  else if (attempt === MOST_TRIES) throw new JournalError('busy', `${doing}: it keeps being replaced`, path)
  return place !== undefined
}

function openOr(task: () => number, path: string, within: AllowedFolders | undefined, doing: string): number {
  try {
    return task()
  } catch (error) {
    if (within !== undefined && isMissing(error) && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw linkToNothing(path, doing)
    }
    throw error
  }
}

async function openOrAsync(
  task: () => Promise<FileHandle>,
  path: string,
  within: AllowedFolders | undefined,
  doing: string,
): Promise<FileHandle> {
  try {
    return await task()
  } catch (error) {
    if (within === undefined || !isMissing(error)) throw error
    const stats = await lstat(path).catch(() => undefined)
    throw stats?.isSymbolicLink() ? linkToNothing(path, doing) : error
  }
}

function linkToNothing(path: string, doing: string): JournalError {
  return new JournalError('not-a-file', `${doing}: it is a broken link`, path)
}

/** Returns the real path of an open file; undefined if its path now leads to another file. */
function placeSync(fd: number, path: string, stats: BigIntStats): string | undefined {
  return HAS_PROC ? withoutMark(readlinkSync(`/proc/self/fd/${fd}`)) : placeByName(path, stats)
}

/** Does the same on systems that do not report the path of a descriptor. */
export function placeByName(path: string, { ino, dev }: BigIntStats): string | undefined {
  const place = realOrNone(path)
  const named = place === undefined ? undefined : statSync(place, { bigint: true, throwIfNoEntry: false })
  return named?.ino === ino && named.dev === dev ? place : undefined
}

async function placeAsync(fd: number, path: string, stats: BigIntStats): Promise<string | undefined> {
  return HAS_PROC ? withoutMark(await readlink(`/proc/self/fd/${fd}`)) : placeByName(path, stats)
}

function realOrNone(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

// Linux adds ` (deleted)` to the path of a deleted file. It is removed here.
function withoutMark(place: string): string {
  return place.replace(/ \(deleted\)$/, '')
}

const HAS_PROC = process.platform === 'linux' && statSync('/proc/self/fd', { throwIfNoEntry: false }) !== undefined
// Without this flag, opening a pipe waits for its other end, perhaps forever. Windows has no such flag.
const NONBLOCK = constants.O_NONBLOCK ?? 0
const MOST_TRIES = 8
