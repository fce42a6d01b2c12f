import { findRunsBelow } from '@hotcb/run/node'
import { runAt } from '../run.ts'

/** The runs below a directory that are being trained, sorted. A run whose files cannot be read is none. */
export function livingRunsBelow(root: string): readonly string[] {
  return findRunsBelow(root).dirs.filter(isLiving)
}

function isLiving(dir: string): boolean {
  try {
    return runAt(dir).life().verdict === 'alive'
  } catch {
    // The command that needs this run says why it cannot be read.
    return false
  }
}
