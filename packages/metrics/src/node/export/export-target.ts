import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { runFiles } from '@hotcb/protocol'

/**
 * Rejects an unsuitable target of an export.
 *
 * @throws Error for a directory where a file is needed, for a file where a directory is needed, and for a file of the run itself.
 */
export function requireExportTarget(target: string, kind: 'file' | 'directory', runDir: string): void {
  const stats = statSync(target, { throwIfNoEntry: false })
  if (kind === 'directory') {
    if (stats?.isDirectory() === false) throw new Error(`\`${target}\` is a file: event files need a directory`)
    return
  }
  if (stats?.isDirectory() === true) throw new Error(`\`${target}\` is a directory: name a file in it`)
  const own = Object.values(runFiles).find((name) => name === basename(target))
  if (own !== undefined && realPath(dirname(target)) === realPath(runDir)) {
    throw new Error(`\`${own}\` is a file of the run itself: name another file`)
  }
}

/** @throws Error if the path of the metrics is not a file. */
export function requireMetricsFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new Error(`\`${path}\` is not a file: the metrics of a run are lines in a file with this name`)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
