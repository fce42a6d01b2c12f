import { type BigIntStats, closeSync, constants, fstatSync, readFileSync } from 'node:fs'
import { type FileHandle, lstat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { withoutByteOrderMark } from './document.ts'
import { isMissing, JournalError, journalError } from './errors.ts'
import { openToRead } from './held-file.ts'
import { type AllowedFolders, openInsideAsync } from './open-inside.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** The text of a document, and a stamp that identifies this version. */
export interface StampedDocument {
  /** The text without a byte order mark. Invalid UTF-8 becomes U+FFFD. */
  readonly text: string
  /**
   * Differs whenever the document was replaced or rewritten. It is a string of inode, size and time. Only compare it for
   * equality.
   */
  readonly stamp: string
  /** When it was written, in epoch milliseconds, according to the file system's clock. */
  readonly modifiedMs: number
}

/** Limits for reading a document. */
export interface DocumentLimits {
  /** The file must be in one of these directories. @defaultValue anywhere */
  readonly within?: AllowedFolders
  /** Larger documents are rejected. @defaultValue no limit; 16 MiB for `readStampedDocumentAsync` */
  readonly maxBytes?: number
}

/**
 * Reads a document and the stamp of exactly the file that was read; null if there is none.
 *
 * @throws {@link JournalError} when it exists and cannot be read or is too large, and TypeError for an unknown option.
 */
export function readStampedDocument(path: string, limits: DocumentLimits = {}): StampedDocument | null {
  checkOptions('readStampedDocument', limits, LIMIT_KEYS)
  const { within, maxBytes = Number.POSITIVE_INFINITY } = limits
  let fd = -1
  try {
    fd = openToRead(resolve(path), path, within)
    if (fd < 0) return null
    const stats = fstatSync(fd, { bigint: true })
    requireSmall(stats, maxBytes, path)
    return stamped(stats, readFileSync(fd, 'utf8'))
  } catch (error) {
    throw journalError(`cannot read \`${path}\``, path, error)
  } finally {
    if (fd >= 0) closeSync(fd)
  }
}

/** How to read a document without blocking the thread. */
export interface ReadDocumentOptions extends DocumentLimits {
  /** The stamp of the version that the caller already has. Nothing is read if the stamp is unchanged. */
  readonly known?: string
}

const LIMIT_KEYS: OptionKeys<DocumentLimits> = { within: true, maxBytes: true }
const KEYS: OptionKeys<ReadDocumentOptions> = { ...LIMIT_KEYS, known: true }

/**
 * Does the same without blocking the thread. Returns `same` if the known stamp is unchanged.
 *
 * @throws {@link JournalError} when it exists and cannot be read or is too large, and TypeError for an unknown option.
 */
export async function readStampedDocumentAsync(
  path: string,
  options: ReadDocumentOptions = {},
): Promise<StampedDocument | 'same' | null> {
  checkOptions('readStampedDocumentAsync', options, KEYS)
  const { within, known, maxBytes = 16 * 1024 * 1024 } = options
  const doing = `cannot read \`${path}\``
  let handle: FileHandle | undefined
  try {
    // In the usual case one call is enough: the file with this stamp was inside the allowed directories when it was
    // read. A link is followed below.
    const named = await lstat(path, { bigint: true })
    if (named.isFile() && stampOf(named) === known) return 'same'
    handle = await openInsideAsync(path, { flags: constants.O_RDONLY, within, doing })
    const stats = await handle.stat({ bigint: true })
    if (stampOf(stats) === known) return 'same'
    requireSmall(stats, maxBytes, path)
    return stamped(stats, await handle.readFile('utf8'))
  } catch (error) {
    if (isMissing(error)) return null
    throw journalError(doing, path, error)
  } finally {
    await handle?.close()
  }
}

function requireSmall({ size }: BigIntStats, maxBytes: number, path: string): void {
  if (size <= maxBytes) return
  throw new JournalError('too-large', `cannot read \`${path}\`: it is larger than ${maxBytes} bytes`, path)
}

function stamped(stats: BigIntStats, text: string): StampedDocument {
  return { text: withoutByteOrderMark(text), stamp: stampOf(stats), modifiedMs: Number(stats.mtimeNs) / 1e6 }
}

function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}.${ino}.${size}.${mtimeNs}`
}
