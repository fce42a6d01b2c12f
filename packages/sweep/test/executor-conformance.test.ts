import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'
import { type ExecutorUnderTest, executorConformance } from '../src/testing.ts'
import { conformanceWorkspace } from './conformance-workspace.ts'

/** A cluster with one node: submitted tasks run immediately. */
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
  qsub: `
for script; do :; done
echo call >> "$(dirname "$0")/calls"
job=$((7000 + $(wc -l < "$(dirname "$0")/calls")))
JOB_ID=$job SGE_TASK_ID=1 bash "$script" > /dev/null 2>&1
echo $job.1-1:1`,
  qstat: 'echo "<job_info></job_info>"',
  qacct: 'echo "error: job id $2 not found" >&2; exit 1',
  qdel: 'exit 0',
}

const OUTER = process.env['PATH'] ?? ''

function underTest(block: string): ExecutorUnderTest {
  const bin = mkdtempSync(join(tmpdir(), 'sweep-stand-ins-'))
  for (const [program, text] of Object.entries(STAND_INS)) {
    writeFileSync(join(bin, program), `#!/bin/bash\n${text}\n`)
    chmodSync(join(bin, program), 0o755)
  }
  process.env['PATH'] = `${bin}${delimiter}${OUTER}`
  return conformanceWorkspace(block, () => {
    process.env['PATH'] = OUTER
    rmSync(bin, { recursive: true, force: true })
  })
}

for (const [name, block] of [
  ['local', 'executor: local'],
  ['slurm', 'slurm: {partition: p}'],
  ['gridengine', 'gridengine: {}'],
] as const) {
  describe(`the executor ${name}`, () => {
    for (const { title, run } of executorConformance(() => underTest(block))) test(title, run)
  })
}
