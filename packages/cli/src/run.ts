import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { type CliError, refusal } from './errors.ts'

export type RunFile = keyof typeof runFiles

/** An existing run directory. */
export interface Run {
  /** As it was typed. */
  readonly dir: string
  /** Where one of its files is, or would be. */
  path(file: RunFile): string
}

/**
 * The run directory at `dir`.
 *
 * A directory without a single file of a run is refused: a command written into the wrong place would wait there for
 * ever and nobody would know.
 *
 * @throws {@link CliError} `refused`.
 */
export function openRun(dir: string): Run {
  const run: Run = { dir, path: (file) => join(dir, runFiles[file]) }
  // The common case is one look.
  if (existsSync(run.path('commands'))) return run
  requireDirectory(dir)
  if (MARKS.some((file) => existsSync(run.path(file)))) return run
  throw refusal(
    `\`${dir}\` is no run directory: there is no hotcb.* file in it`,
    dir === '.' ? 'say which run: `--dir RUN`' : `\`hotcb --dir ${dir} init\` makes it one`,
  )
}

const MARKS: readonly RunFile[] = ['state', 'ledger', 'metrics', 'run', 'freeze', 'yaml', 'actuators', 'commandsDir']

function requireDirectory(dir: string): void {
  const stats = look(dir)
  if (stats === undefined) {
    throw refusal(`there is no directory \`${dir}\``, `\`hotcb --dir ${dir} init\` makes it`)
  }
  if (!stats.isDirectory()) throw refusal(`\`${dir}\` is a file, not a run directory`)
}

function look(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw cannot(`look at \`${path}\``, error)
  }
}

/** What a file system call threw, as one clear line. */
export function cannot(doing: string, error: unknown): CliError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error))
  return refusal(`cannot ${doing}: ${reason}${code === '' || reason.includes(code) ? '' : ` (${code})`}`)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  ENOSPC: 'no space left on the device',
  ELOOP: 'its symbolic links go in a circle',
  ENAMETOOLONG: 'its name is too long',
}
