import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRunDirectory } from './require-run.ts'

/** The runs below a directory. */
export interface RunsBelow {
  /** The sorted paths of the runs, each beginning with `root`. They include the root itself if it is a run. */
  readonly dirs: readonly string[]
  /** False if the limit ended the search early. */
  readonly isWhole: boolean
}

/** Limits of the search. */
export interface FindRunsOptions {
  /** Levels below the root. @defaultValue 4 */
  readonly depth?: number
  /** Maximum number of directories to read. @defaultValue 5000 */
  readonly maxDirectories?: number
}

/**
 * Searches for run directories below `root`, nearest first. Skips hidden directories, `node_modules`, links, unreadable
 * directories, and everything below a run.
 */
export function findRunsBelow(root: string, { depth = 4, maxDirectories = 5000 }: FindRunsOptions = {}): RunsBelow {
  const dirs: string[] = []
  let level = [root]
  let looked = 0
  for (let below = 0; below <= depth && level.length > 0; below++) {
    const next: string[] = []
    for (const dir of level) {
      if (looked++ >= maxDirectories) return { dirs: dirs.sort(), isWhole: false }
      const isRun = isRunDirectory(dir)
      if (isRun) dirs.push(dir)
      // A root may be a run and contain others.
      if (!isRun || dir === root) next.push(...directoriesIn(dir))
    }
    level = next
  }
  return { dirs: dirs.sort(), isWhole: true }
}

function directoriesIn(dir: string): readonly string[] {
  return entriesOf(dir).flatMap((entry) => (isSearched(entry) ? [join(dir, entry.name)] : []))
}

function isSearched(entry: Dirent): boolean {
  const { name } = entry
  return entry.isDirectory() && !name.startsWith('.') && name !== 'node_modules' && !name.startsWith('hotcb.')
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
  } catch {
    // An unreadable directory counts as empty.
    return []
  }
}
