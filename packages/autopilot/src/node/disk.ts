import { readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import type { DiskSpace } from '../saver.ts'

/** Returns the disk that contains a run's checkpoints. */
export function diskOf(runDir: string | undefined): DiskSpace {
  const folder = join(runDir ?? '.', runFiles.checkpoints)
  return {
    free: () => measured(() => freeBytes(runDir ?? '.')),
    sizeOf: (tag) => measured(() => bytesIn(join(folder, tag))),
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

function bytesIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

/** Returns undefined if the disk cannot be measured. */
function measured(measure: () => number): number | undefined {
  try {
    return measure()
  } catch {
    return undefined
  }
}
