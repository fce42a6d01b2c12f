import { findRunsBelow } from '@hotcb/run/node'
import { openRunDirectory } from '../run.ts'

/** Returns a sorted list of the runs below a directory that are being trained. Unreadable runs are left out. */
export function livingRunsBelow(root: string): readonly string[] {
  return findRunsBelow(root).dirs.filter(isLiving)
}

function isLiving(dir: string): boolean {
  try {
    return openRunDirectory(dir).life().verdict === 'alive'
  } catch {
    // A command that needs this run reports why it cannot be read.
    return false
  }
}
