import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { runFiles } from '@hotcb/protocol'

/**
 * Rejects an unsuitable export target.
 *
 * @throws Error for a directory where a file is needed, for a file where a directory is needed, and for one of the run's own files.
 */
export function requireExportTarget(target: string, kind: 'file' | 'directory', runDir: string): void {
  const stats = statSync(target, { throwIfNoEntry: false })
  if (kind === 'directory') {
    if (stats?.isDirectory() === false) throw new Error(`\`${target}\` is a file: event files need a directory`)
    return
  }
  if (stats?.isDirectory() === true) throw new Error(`\`${target}\` is a directory: give the path of a file in it`)
  const own = Object.values(runFiles).find((name) => name === basename(target))
  if (own !== undefined && realPath(dirname(target)) === realPath(runDir)) {
    throw new Error(`\`${own}\` is one of the run's own files: choose a different file`)
  }
}

/** @throws Error if the path of the metrics is not a file. */
export function requireMetricsFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new Error(`\`${path}\` is not a file: a run's metrics are lines in a file with this name`)
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
