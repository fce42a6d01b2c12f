import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { errnoOf, journalError, openAppender } from '@hotcb/journal'
import { makeRunFolder, openRunDirectory } from '@hotcb/run/node'
import { LaunchError } from '../launch-error.ts'

/** A run directory for a new run. */
export interface NewRunDir {
  /** Absolute. */
  readonly dir: string
  /** Removes the directory if it was created here and can be removed. Call it only if nothing was started. */
  discard(): void
}

/** Where run directories are created. */
export interface RunDirPlace {
  /** The directory that relative paths refer to. */
  readonly cwd: string
  /** The directory for runs without a name. @defaultValue `runs` in `cwd` */
  readonly runsDir?: string | undefined
}

/**
 * Creates the directory of a new run: the given one, or the first free `runs/<name>-NNN`.
 *
 * @throws {@link LaunchError} `used` for a directory that contains a run, which is left unchanged; JournalError when it cannot be created.
 */
export function makeRunDir(given: string | undefined, name: string, { cwd, runsDir }: RunDirPlace): NewRunDir {
  const isNew = given === undefined || !existsSync(resolve(cwd, given))
  const dir = resolve(cwd, given ?? makeRunFolder(runsDir ?? join(cwd, 'runs'), name))
  if (given !== undefined) makeGiven(dir, given)
  const run = openRunDirectory(dir)
  // This file makes it a run directory, so that commands can be sent before the trainer is ready.
  openAppender(run.path('commands')).close()
  return {
    dir,
    discard() {
      if (!isNew) return
      try {
        rmSync(dir, { recursive: true, force: true })
      } catch {
        // The caller reports why nothing was started, which matters more than a directory that remains.
      }
    },
  }
}

function makeGiven(dir: string, given: string): void {
  try {
    mkdirSync(dir, { recursive: true })
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw journalError(`cannot create \`${given}\``, dir, error)
    throw new LaunchError('bad-option', `\`${given}\` is a file, or below one: choose a directory for the run`)
  }
  if (!isUsed(dir)) return
  throw new LaunchError(
    'used',
    `\`${given}\` already contains a run, which is never overwritten: choose a different directory, or continue the run with \`--resume ${given}\``,
  )
}

// Whether a directory contains a run. A directory that `hotcb init` created may already contain commands and a freeze
// document.
function isUsed(dir: string): boolean {
  const run = openRunDirectory(dir)
  const sizeOf = (file: Parameters<typeof run.path>[0]): number =>
    statSync(run.path(file), { throwIfNoEntry: false })?.size ?? 0
  return (['run', 'metrics', 'ledger', 'launch', 'state'] as const).some((file) => sizeOf(file) > 0)
}
