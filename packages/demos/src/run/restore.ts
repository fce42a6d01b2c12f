import { existsSync } from 'node:fs'
import { type Checkpoint, latestCheckpoint } from '@hotcb/kernel/node'

/**
 * Loads a checkpoint, and returns the one that was loaded. A process from which this one takes over may have saved newer checkpoints
 * since the choice was made, and deleted this one; the newest one is then loaded instead.
 *
 * Call it when the kernel is open, so that the other process gives way at its next safe point.
 *
 * @throws Error if the checkpoint cannot be read although it exists, or if no other one does.
 */
export function restore(runDir: string, checkpoint: Checkpoint, load: (checkpoint: Checkpoint) => void): Checkpoint {
  for (let chosen = checkpoint; ; ) {
    try {
      load(chosen)
      return chosen
    } catch (error) {
      const newest = existsSync(chosen.dir) ? null : latestCheckpoint(runDir)
      if (newest === null) throw error
      chosen = newest
    }
  }
}
