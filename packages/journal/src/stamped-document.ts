import { type BigIntStats, closeSync, constants, fstatSync, readFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { withoutByteOrderMark } from './document.ts'
import { isMissing, JournalError, journalError } from './errors.ts'
import { notAFile, openToRead } from './held-file.ts'
import { checkOptions, type OptionKeys } from './option-check.ts'

/** The text of a document, and a stamp that identifies this version. */
export interface StampedDocument {
  /** Without a byte order mark; invalid UTF-8 becomes U+FFFD. */
  readonly text: string
  /** Different whenever the document was replaced or rewritten: inode, size and time, as text to be compared. */
  readonly stamp: string
  /** When it was written, in epoch milliseconds, by the clock of the file system. */
  readonly modifiedMs: number
}

/**
 * Reads a document with the stamp of exactly the file that was read; null if there is none.
 *
 * @throws {@link JournalError} when it exists and cannot be read.
 */
export function readStampedDocument(path: string): StampedDocument | null {
  let fd = -1
  try {
    fd = openToRead(resolve(path), path)
    return fd < 0 ? null : stamped(fstatSync(fd, { bigint: true }), readFileSync(fd, 'utf8'))
  } catch (error) {
    throw journalError(`cannot read \`${path}\``, path, error)
  } finally {
    if (fd >= 0) closeSync(fd)
  }
}

/** How to read a document without blocking the thread. */
export interface ReadDocumentOptions {
  /** Returns the path to open instead, after checking its links; undefined if there is no file. May throw. */
  readonly confine?: (path: string) => Promise<string | undefined>
  /** The known stamp: nothing is read while it is unchanged. */
  readonly known?: string
  /** Larger documents are rejected. @defaultValue 16 MiB */
  readonly maxBytes?: number
}

const KEYS: OptionKeys<ReadDocumentOptions> = { confine: true, known: true, maxBytes: true }

/**
 * The same without blocking the thread; returns `same` if the known stamp is unchanged.
 *
 * @throws {@link JournalError} when it exists and cannot be read or is too large, what `confine` throws, and TypeError
 *   for an option that does not exist.
 */
export async function readStampedDocumentAsync(
  path: string,
  options: ReadDocumentOptions = {},
): Promise<StampedDocument | 'same' | null> {
  checkOptions('readStampedDocumentAsync', options, KEYS)
  const { confine, known, maxBytes = 16 * 1024 * 1024 } = options
  const real = confine === undefined ? path : await confine(path)
  if (real === undefined) return null
  let handle: FileHandle | undefined
  try {
    handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) throw notAFile(stats, path)
    if (stampOf(stats) === known) return 'same'
    if (stats.size > maxBytes) {
      throw new JournalError('too-large', `cannot read \`${path}\`: it is larger than ${maxBytes} bytes`, path)
    }
    return stamped(stats, await handle.readFile('utf8'))
  } catch (error) {
    if (isMissing(error)) return null
    throw journalError(`cannot read \`${path}\``, path, error)
  } finally {
    await handle?.close()
  }
}

function stamped(stats: BigIntStats, text: string): StampedDocument {
  return { text: withoutByteOrderMark(text), stamp: stampOf(stats), modifiedMs: Number(stats.mtimeNs) / 1e6 }
}

function stampOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}.${ino}.${size}.${mtimeNs}`
}
