import { statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { JournalError, replaceDocument } from '@hotcb/journal'
import { escapeControls } from '@hotcb/protocol'
import { orEnd, writeBlock } from '@hotcb/protocol/node'
import { cannot } from '../../run.ts'

/** Resolves a path for writing: a bare file name relative to the run directory, any other path relative to the working directory. */
export function pathToWrite(dir: string, path: string): string {
  if (path === '') throw usageError('the path to write is empty')
  return basename(path) === path ? join(dir, path) : path
}

/**
 * Writes JSON lines or YAML to the given file atomically. `-` is standard output; there, terminal control characters are escaped
 * in a way that is valid in both formats.
 *
 * @returns The path of the file; null for standard output.
 * @throws CommandError `refused` when it cannot be written.
 */
export function writeTarget(dir: string, path: string, text: string): string | null {
  if (path === '-') {
    orEnd(() => writeBlock(1, escapeControls(text)))
    return null
  }
  const target = pathToWrite(dir, path)
  try {
    if (isSpecial(target)) writeFileSync(target, text)
    else replaceDocument(target, text)
  } catch (error) {
    if (error instanceof JournalError) throw refusal(error.message)
    throw cannot(`write \`${target}\``, error)
  }
  return target
}

/**
 * Rejects a file that has content, because it may be someone's work.
 *
 * @param flag The flag that selects a different file, for the message.
 */
export function requireFree(path: string, flag: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0)
    throw refusal(
      `\`${path}\` already exists`,
      `use \`--force\` to replace it, or \`--${flag}\` to choose a different file`,
    )
}

/** Whether a path is a device or a pipe, which must not be replaced by a file. */
export function isSpecial(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}
