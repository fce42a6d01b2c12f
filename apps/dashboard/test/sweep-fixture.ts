import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drive, openWorkspace, runSweep } from '@hotcb/sweep/node'

/** Creates a sweep in `root`, whose trials run a bash script. */
export function writeSweep(root: string, name: string, launcher: string, more: string): string {
  const dir = join(root, name)
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'hyperherd.yaml'), `name: ${name}\ngrid: all\nlauncher: ./launch.sh\n${more}`)
  writeFileSync(join(dir, 'launch.sh'), `#!/bin/bash\n${launcher}\n`)
  chmodSync(join(dir, 'launch.sh'), 0o755)
  return dir
}

/** A trial that reports a curve. Its values are lower for a small `x`, and the last one is final. */
export const CURVE = `
. "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"
x=$(echo "$HYPERHERD_PARAMS" | sed 's/.*"x": *\\([0-9.]*\\).*/\\1/')
for step in 1 2 3 4 5; do log_result loss "$x.$((9 - step))" "$step"; done
log_result loss "$x.1"
`

export const PARAMETERS = `local: {max_concurrent: 2, kill_wait: 1}
objective: {metric: loss, direction: min}
parameters:
  x: {type: discrete, values: [1, 2, 3, 4, 5, 6]}
  kind: {type: discrete, values: [a, b]}
`

/** Runs all trials of a sweep to the end. */
export async function runAll(dir: string): Promise<void> {
  const workspace = openWorkspace(dir)
  try {
    await runSweep(workspace)
    await drive(workspace, { everyMs: 20 })
  } finally {
    workspace.close()
  }
}
