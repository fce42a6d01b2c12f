import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearest } from '@hotcb/protocol'
import { findRunsBelow, isRunDirectory } from '@hotcb/run/node'

/** Returns run directories with names similar to a missing one, best match first, for "did you mean". */
export function nearRuns(dir: string): readonly string[] {
  const parent = nearDirectory(dirname(dir))
  const beside = parent === undefined ? [] : directoriesIn(parent).filter(isRunDirectory)
  const near = nearest(
    basename(dir),
    beside.map((path) => basename(path)),
    2,
  )
  if (parent !== undefined && near.length > 0) return near.map((name) => join(parent, name))
  // The user typed only its name, from a directory above.
  return findRunsBelow('.', { depth: 3, maxDirectories: 500 }).dirs.filter((path) => basename(path) === basename(dir))
}

/** Returns the directory itself, or a sibling with a similar name. */
function nearDirectory(dir: string): string | undefined {
  if (isDirectory(dir)) return dir
  const [near] = nearest(
    basename(dir),
    directoriesIn(dirname(dir)).map((path) => basename(path)),
    1,
  )
  return near === undefined ? undefined : join(dirname(dir), near)
}

function directoriesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .map((name) => join(dir, name))
      .filter(isDirectory)
  } catch {
    // Unreadable directories have no suggestions.
    return []
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
