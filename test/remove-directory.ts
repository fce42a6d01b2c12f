import { rmSync } from 'node:fs'

const TRIES = 100
const PAUSE_MS = 50

/**
 * Removes a directory into which an ending process may still write. The `maxRetries` of `rmSync` do not help there: they
 * try to remove the directory again, but not the files that are new in it.
 */
export function removeDirectory(path: string): void {
  for (let left = TRIES; ; left--) {
    try {
      rmSync(path, { recursive: true, force: true })
      return
    } catch (error) {
      if (left === 0) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
    }
  }
}
