import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'

/** Whether a kernel has opened the run directory of a trial: only then are commands answered there. */
export function hasKernel(runDir: string): boolean {
  return existsSync(join(runDir, runFiles.ledger))
}
