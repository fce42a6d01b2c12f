import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearest } from '@hotcb/protocol'
import { findRunsBelow, isRunDirectory } from '@hotcb/run/node'

/** Run directories whose names are near to that of one that is not there, best first: for "did you mean". */
export function nearRuns(dir: string): readonly string[] {
  const parent = nearDirectory(dirname(dir))
  const beside = parent === undefined ? [] : directoriesIn(parent).filter(isRunDirectory)
  const near = nearest(
    basename(dir),
    beside.map((path) => basename(path)),
    2,
  )
  if (parent !== undefined && near.length > 0) return near.map((name) => join(parent, name))
  // Its name alone was typed, from above.
  return findRunsBelow('.', { depth: 3, maxDirectories: 500 }).dirs.filter((path) => basename(path) === basename(dir))
}

/** The directory itself, or the one beside it that has nearly its name. */
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
    // What cannot be read names nothing.
    return []
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
