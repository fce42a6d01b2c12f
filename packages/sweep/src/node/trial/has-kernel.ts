import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'

/** Whether a kernel has opened a trial's run directory and therefore answers commands there. */
export function hasKernel(runDir: string): boolean {
  return existsSync(join(runDir, runFiles.ledger))
}
