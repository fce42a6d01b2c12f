import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'
import type { Chunk } from '../src/executor/executor.ts'
import { executorOf } from '../src/node/executors.ts'
import { loadConfig } from '../src/node/workspace.ts'
import { openWorkspace } from '../src/node.ts'
import { type ExecutorUnderTest, executorConformance } from '../src/testing.ts'

/** A cluster of one node: `sbatch` runs the task at once. */
const STAND_INS: Readonly<Record<string, string>> = {
  sbatch: `
for script; do :; done
echo call >> "$(dirname "$0")/calls"
job=$((7000 + $(wc -l < "$(dirname "$0")/calls")))
SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=0 SLURM_JOB_ID=$job SLURMD_NODENAME=n1 bash "$script" > /dev/null 2>&1
echo $job`,
  squeue: 'exit 0',
  sacct: 'exit 0',
  scancel: 'exit 0',
  scontrol: 'echo "MaxArraySize = 1001"',
}

const OUTER = process.env['PATH'] ?? ''

function underTest(name: 'local' | 'slurm'): ExecutorUnderTest {
  const root = mkdtempSync(join(tmpdir(), 'sweep-conformance-'))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const [program, text] of Object.entries(STAND_INS)) {
    writeFileSync(join(bin, program), `#!/bin/bash\n${text}\n`)
    chmodSync(join(bin, program), 0o755)
  }
  process.env['PATH'] = `${bin}${delimiter}${OUTER}`
  writeFileSync(join(root, 'l.sh'), '#!/bin/bash\nexit "$1"\n')
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    `name: t\ngrid: all\nlauncher: ./l.sh\nexecutor: ${name}\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1]}\n`,
  )
  const workspace = openWorkspace(root)
  mkdirSync(workspace.paths.state)
  const chunk = (sid: string, i: number, n: number, code: number): Chunk => {
    const env = {
      HYPERHERD_WORKSPACE: root,
      HYPERHERD_TRIAL_ID: String(i),
      HYPERHERD_ATTEMPT: String(n),
      HYPERHERD_GPUS: '',
      HYPERHERD_LAUNCHER: join(root, 'l.sh'),
      HYPERHERD_OVERRIDES: String(code),
      HOTCB_RUN_DIR: join(workspace.paths.results, String(i)),
    }
    return { sid, attempts: [{ i, n, task: i, place: { gpus: '' }, env }], throttle: null, slurm: null }
  }
  return {
    executor: executorOf(workspace, loadConfig(workspace.paths).config),
    chunk,
    close() {
      workspace.close()
      process.env['PATH'] = OUTER
      removeUnderWriters(root)
    },
  }
}

/** A wrapper that lost its mark to another one may still create its folders. `maxRetries` does not list them again. */
function removeUnderWriters(root: string): void {
  for (let left = 50; ; left--) {
    try {
      rmSync(root, { recursive: true, force: true })
      return
    } catch (error) {
      if (left === 0) throw error
    }
  }
}

for (const name of ['local', 'slurm'] as const) {
  describe(`the executor ${name}`, () => {
    for (const { title, run } of executorConformance(() => underTest(name))) test(title, run)
  })
}
