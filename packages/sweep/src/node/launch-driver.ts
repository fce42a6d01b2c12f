import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { livingDriver } from './driver-sign.ts'
import type { WorkspacePaths } from './paths.ts'

/**
 * Starts a driver in its own session if none is running. The driver writes to `driver.log`.
 *
 * @param words This program's command line for `drive`, without the workspace.
 */
export function launchDriver(paths: WorkspacePaths, words: readonly string[]): void {
  if (livingDriver(paths) !== null) return
  const [program = process.execPath, ...rest] = words
  const log = openSync(paths.driverLog, 'a')
  try {
    spawn(program, [...rest, paths.config], { cwd: paths.root, detached: true, stdio: ['ignore', log, log] }).unref()
  } finally {
    closeSync(log)
  }
}
