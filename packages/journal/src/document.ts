import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, isMissing, JournalError, journalError } from './errors.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** How to replace a document. */
export interface ReplaceDocumentOptions {
  /** fsync the text before the rename, and the directory after it (about a millisecond on a disk). @defaultValue false */
  readonly sync?: boolean
}

const KEYS: OptionKeys<ReplaceDocumentOptions> = { sync: true }

/**
 * Gives a document a new text at one stroke: a reader sees the old one or the new one, whole.
 *
 * A temporary file beside it is renamed over it. Mode and, for root, owner of the old one are kept; a symbolic link
 * stays one.
 * @throws {@link JournalError} with the old document untouched and no temporary file left; TypeError for an option that does
 * not exist.
 */
export function replaceDocument(path: string, text: string, options: ReplaceDocumentOptions = {}): void {
  checkOptions('replaceDocument', options, KEYS)
  let temporary: string | undefined
  try {
    const old = lstatSync(path, { throwIfNoEntry: false })
    const target = old?.isSymbolicLink() ? realTarget(path) : path
    const kept = target === path ? old : statSync(target, { throwIfNoEntry: false })
    if (kept?.isDirectory()) throw new JournalError('not-a-file', `cannot write \`${path}\`: it is a directory`, path)
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`)
    writeTemporary(temporary, text, kept, options.sync === true)
    renamePatiently(temporary, target)
    temporary = undefined
    if (options.sync === true) syncDirectory(dirname(target))
  } catch (error) {
    if (temporary !== undefined) removeQuietly(temporary)
    throw journalError(`cannot write \`${path}\``, path, error)
  }
}

/**
 * A document's whole text without a byte order mark, or null when there is none; invalid UTF-8 is U+FFFD.
 *
 * @throws {@link JournalError} when it is there and cannot be read.
 */
export function readDocument(path: string): { readonly text: string } | null {
  try {
    return { text: withoutByteOrderMark(readFileSync(path, 'utf8')) }
  } catch (error) {
    if (isMissing(error)) return null
    throw journalError(`cannot read \`${path}\``, path, error)
  }
}

/** The text without U+FEFF at its start. */
export function withoutByteOrderMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** What renaming needs of the system; tests stand in for a Windows where a scanner holds the file. */
export interface RenameSystem {
  readonly platform: string
  readonly rename: (from: string, to: string) => void
  readonly wait: (ms: number) => void
}

const SYSTEM: RenameSystem = { platform: process.platform, rename: renameSync, wait: sleep }
// 2 ms doubled seven times: a quarter of a second in all.
const WINDOWS_TRIES = 8

/** Renames; on Windows, where a file that somebody has open cannot be renamed over, up to a quarter of a second long. */
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

/** What a symbolic link leads to, also when that is not there yet. */
function realTarget(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    // A link into the void is replaced by the document itself.
    if (isMissing(error)) return path
    throw error
  }
}

function writeTemporary(path: string, text: string, old: Stats | undefined, sync: boolean): void {
  const fd = openSync(path, 'wx', 0o666)
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
    // The error that led here is the one to tell; often the file was never made.
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}
