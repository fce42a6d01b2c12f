import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, isMissing, journalError } from './errors.ts'
import { type AllowedFolders, notAFile, openInside, requireInside } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'
import { MOST_DOCUMENT_BYTES, readBounded } from './read-bounded.ts'

/** How to replace a document. */
export interface ReplaceDocumentOptions {
  /**
   * Whether to fsync the text before the rename, and the directory after it (about a millisecond on a disk).
   * @defaultValue false
   */
  readonly sync?: boolean
  /** The mode of a new document, before the umask. @defaultValue 0o666 */
  readonly mode?: number
  /** The document must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
}

const KEYS: OptionKeys<ReplaceDocumentOptions> = { sync: true, mode: true, within: true }

/**
 * Replaces the text of a document atomically: a reader sees the complete old text or the complete new one.
 *
 * The text is written to a temporary file next to the document, which is then renamed. The mode and, for root, the
 * owner of the old file are kept. A symbolic link stays a symbolic link.
 * @throws {@link JournalError} with the old document unchanged and no temporary file left; TypeError for an unknown
 *   option.
 */
export function replaceDocument(path: string, text: string, options: ReplaceDocumentOptions = {}): void {
  checkOptions('replaceDocument', options, KEYS)
  let temporary: string | undefined
  try {
    const old = lstatSync(path, { throwIfNoEntry: false })
    const target = old?.isSymbolicLink() ? realTarget(path) : path
    const kept = target === path ? old : statSync(target, { throwIfNoEntry: false })
    requireReplaceable(path, target, kept, options.within)
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
    writeTemporary(temporary, path, text, kept, options)
    renamePatiently(temporary, target)
    temporary = undefined
    if (options.sync === true) syncDirectory(dirname(target))
  } catch (error) {
    if (temporary !== undefined) removeQuietly(temporary)
    throw journalError(`cannot write \`${path}\``, path, error)
  }
}

/**
 * Returns the whole text of a document without a byte order mark; null when there is no document. Invalid UTF-8 becomes
 * U+FFFD.
 *
 * @throws {@link JournalError} when it exists and cannot be read, or is larger than 64 MiB, such as an endless device.
 */
export function readDocument(path: string): { readonly text: string } | null {
  try {
    return { text: withoutByteOrderMark(readBounded(path, MOST_DOCUMENT_BYTES)) }
  } catch (error) {
    if (isMissing(error)) return null
    throw journalError(`cannot read \`${path}\``, path, error)
  }
}

/** Returns the text without U+FEFF at its start. */
export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/**
 * The system functions that renaming needs; tests replace them to imitate Windows, where a scanner keeps the file open.
 */
export interface RenameSystem {
  readonly platform: string
  readonly rename: (from: string, to: string) => void
  readonly wait: (ms: number) => void
}

const SYSTEM: RenameSystem = { platform: process.platform, rename: (from, to) => renameSync(from, to), wait: sleep }
// The delays between attempts are 2 ms, 4 ms and so on up to 128 ms: a quarter of a second in total.
const WINDOWS_TRIES = 8

/**
 * Renames a file. On Windows, where an open file cannot be replaced by rename, it retries for up to a quarter of a
 * second.
 */
export function renamePatiently(from: string, to: string, system: RenameSystem = SYSTEM): void {
  for (let attempt = 1; ; attempt++) {
    try {
      system.rename(from, to)
      return
    } catch (error) {
      const errno = errnoOf(error)
      const passes = errno === 'EPERM' || errno === 'EBUSY' || errno === 'EACCES'
      if (system.platform !== 'win32' || !passes || attempt === WINDOWS_TRIES) throw error
      system.wait(2 ** attempt)
    }
  }
}

/** Returns the target of a symbolic link, even if it does not exist yet. */
function realTarget(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    // A link without a reachable target is replaced by the document itself.
    if (isMissing(error)) return path
    throw error
  }
}

function requireReplaceable(
  path: string,
  target: string,
  old: Stats | undefined,
  within: AllowedFolders | undefined,
): void {
  const doing = `cannot write \`${path}\``
  if (within !== undefined) requireInside(realpathSync(dirname(target)), path, { within, doing })
  // If there is still a symbolic link here, it has no reachable target, so the document replaces the link itself.
  if (old === undefined || old.isFile() || old.isSymbolicLink()) return
  if (within === undefined && !old.isDirectory()) return
  throw notAFile(old, path, doing)
}

function writeTemporary(
  temporary: string,
  path: string,
  text: string,
  old: Stats | undefined,
  { sync = false, mode = 0o666, within }: ReplaceDocumentOptions,
): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const fd = openInside(temporary, { flags, mode, within, doing: `cannot write \`${path}\`` })
  try {
    writeFileSync(fd, text)
    if (old?.isFile() === true) {
      if (process.getuid?.() === 0 && (old.uid !== 0 || old.gid !== 0)) fchownSync(fd, old.uid, old.gid)
      fchmodSync(fd, old.mode & 0o7777)
    }
    if (sync) fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function syncDirectory(path: string): void {
  // Windows cannot open a directory; its file systems journal the rename.
  if (process.platform === 'win32') return
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // The caller reports the original error. Often the temporary file was never created.
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
