import { createHash } from 'node:crypto'
import type { Reading } from './reading.ts'

/** The properties that distinguish a file from other files with the same name. */
export interface FileIdentity {
  readonly ino: bigint
  readonly birthtimeMs: bigint
}

const HEAD_BYTES = 64

/**
 * Identifies a file by inode, birth time and first bytes. At least one of these differs if another file replaces this
 * one at its path, or the file is rewritten. A short file is identified without its first bytes.
 */
export function* fileMark(identity: FileIdentity | undefined): Reading<string> {
  const { ino = 0n, birthtimeMs = 0n } = identity ?? {}
  const head = yield { at: 0, length: HEAD_BYTES }
  const hash = head.length < HEAD_BYTES ? '' : createHash('sha256').update(head).digest('hex').slice(0, 8)
  return `${ino.toString(36)}-${birthtimeMs.toString(36)}-${hash}`
}

/** Whether the file with this mark was too short to be identified by its first bytes. */
export function isShortMark(mark: string): boolean {
  return mark.endsWith('-')
}

/** Whether a file that has grown to `size` bytes can be identified by its first bytes. */
export function hasWholeHead(size: number): boolean {
  return size >= HEAD_BYTES
}

/** Formats a place in a file as a string, valid across processes and restarts. */
export function cursorAt(mark: string, offset: number): string {
  return `${mark}.${offset}`
}

/** Returns the offset of a cursor of exactly this file; undefined for any other text. */
export function offsetOfCursor(mark: string, cursor: string): number | undefined {
  const at = cursor.lastIndexOf('.')
  const offset = Number(cursor.slice(at + 1))
  if (at < 0 || at === cursor.length - 1 || cursor.slice(0, at) !== mark) return undefined
  return Number.isSafeInteger(offset) && offset >= 0 ? offset : undefined
}
