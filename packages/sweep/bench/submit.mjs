// `herd run` of 10,000 trials on SLURM with an `sbatch` that accepts everything at once: plan, journal, scripts, views. Prints one
// JSON object.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { openWorkspace, runSweep } from '@hotcb/sweep/node'
import { cpuMs, withWorkspace } from './workspace.mjs'

const PARAMETERS = '  a: {type: int, low: 0, high: 99}\n  b: {type: int, low: 0, high: 99}\n'
const STAND_INS = {
  sbatch: 'echo >> "$0.calls"; echo $((7000 + $(wc -l < "$0.calls")))',
  squeue: 'exit 0',
  sacct: 'exit 0',
  scontrol: 'echo "MaxArraySize = 10001"',
}

await withWorkspace(PARAMETERS, 'slurm: {partition: p}\n', async (root) => {
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries(STAND_INS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  process.env.PATH = `${bin}${delimiter}${process.env.PATH}`
  const workspace = openWorkspace(root)
  const [start, cpu] = [performance.now(), cpuMs()]
  const { submitted } = await runSweep(workspace)
  const figures = { submit_ms: performance.now() - start, cpu_ms: cpuMs() - cpu }
  workspace.close()
  const { jobs, trials } = submitted
  process.stdout.write(`${JSON.stringify({ count: trials.length, jobs: jobs.length, ...figures })}\n`)
})
