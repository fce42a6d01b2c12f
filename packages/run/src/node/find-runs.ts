import { type Dirent, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRunDirectory } from './require-run.ts'

/** The runs below a directory. */
export interface RunsBelow {
  /** Paths that begin as `root` does, sorted. The root itself is one of them where it is a run. */
  readonly dirs: readonly string[]
  /** False where there were more directories than are looked at. */
  readonly isWhole: boolean
}

/** How far to look. */
export interface FindRunsOptions {
  /** Levels below the root. @defaultValue 4 */
  readonly depth?: number
  /** Directories to look at, at most. @defaultValue 5000 */
  readonly maxDirectories?: number
}

/**
 * Looks for run directories below `root`, nearest first. Hidden directories, `node_modules`, links, directories that cannot
 * be read, and what lies below a run are passed over.
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
      // A root may be a run and hold others.
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
    // What may not be read holds no run for its reader.
    return []
  }
}
