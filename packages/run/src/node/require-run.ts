import { existsSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { journalError } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { RunError } from '../run-error.ts'

export type RunFile = keyof typeof runFiles

// A directory with any of these files is a run.
const MARKS: readonly RunFile[] = [
  'commands',
  'state',
  'ledger',
  'metrics',
  'run',
  'freeze',
  'yaml',
  'actuators',
  'commandsDir',
]

/** Whether a directory contains at least one run file. */
export function isRunDirectory(dir: string): boolean {
  return MARKS.some((file) => existsSync(join(dir, runFiles[file])))
}

/**
 * Rejects a directory that contains no run files.
 *
 * @throws {@link RunError} `no-directory`, `not-a-directory`, `no-run`; JournalError when it cannot be examined.
 */
export function requireRun(dir: string): void {
  // The common case needs one stat.
  if (isRunDirectory(dir)) return
  const stats = look(dir)
  if (stats === undefined) throw new RunError('no-directory', `the directory \`${dir}\` does not exist`)
  if (!stats.isDirectory()) throw new RunError('not-a-directory', `\`${dir}\` is a file, not a run directory`)
  throw new RunError('no-run', `\`${dir}\` is not a run directory: ${whatIsThere(dir)}`)
}

// The message names other hotcb files in the directory, such as a recipe or a configuration, which alone do not make
// it a run.
function whatIsThere(dir: string): string {
  const [first] = namesIn(dir).filter((name) => name.startsWith('hotcb.'))
  if (first === undefined) return 'it contains no hotcb.* file'
  return `it contains \`${first}\`, but no file that a trainer or \`hotcb init\` writes`
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).sort()
  } catch {
    // A directory that cannot be listed counts as empty here, and is refused anyway.
    return []
  }
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw journalError(`cannot examine \`${path}\``, path, error)
  }
}
