import { chmodSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { transcript, type WrittenSweep, writtenSweep } from './written.ts'

const HEAD = 'name: t\nlauncher: ./l.sh\nexecutor: slurm\nslurm: {partition: p}\n'
const GRID = 'grid: all\nparameters:\n  x: {type: discrete, values: [0, 1]}\n'

/** A sweep on a cluster whose `sbatch` runs this script. Nothing is in its queue. */
function onCluster(yaml: string, sbatch: string): WrittenSweep {
  const sweep = writtenSweep(yaml, [])
  for (const [name, text] of Object.entries({ sbatch, squeue: 'exit 0', sacct: 'exit 0', scancel: 'exit 0' })) {
    sweep.file(`bin/${name}`, `#!/bin/sh\n${text}\n`)
    chmodSync(join(sweep.root, 'bin', name), 0o755)
  }
  const env = { PATH: `${join(sweep.root, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` }
  return {
    ...sweep,
    async herd(line, options = {}) {
      const ended = await sweep.herd(line, { ...options, env })
      // The name of a submission depends on the path of the sweep.
      return { ...ended, out: ended.out.replaceAll(/[0-9a-f]{12}(?=\.sbatch)/g, 'ID') }
    },
  }
}

test('run submits a job array, and says what needs a driver', async () => {
  const halving = 'successive_halving: {metric: v, direction: min, min_steps: 1, budget: 9}\n'
  expect(await transcript(onCluster(`${HEAD}${halving}${GRID}`, 'echo 71'), ['run', 'run'])).toMatchInlineSnapshot(`
    "
    $ run
    Launched 2 trial(s) as SLURM job array 71: 2 new
    A driver is needed for early stopping: \`hotcb sweep run --drive\`, or \`hotcb sweep drive --once\` from cron
    <dim>show them with \`hotcb sweep status\`</dim>
    $ run
    No trial to run
    A driver is needed for early stopping: \`hotcb sweep run --drive\`, or \`hotcb sweep drive --once\` from cron
    "
  `)
  expect(await transcript(onCluster(`${HEAD}${GRID}`, 'echo 72'), ['run -i 1', 'run --json'])).toMatchInlineSnapshot(`
    "
    $ run -i 1
    Launched 1 trial(s) as SLURM job array 72: 2 new
    <dim>show them with \`hotcb sweep status\`</dim>
    $ run --json
    {"dry_run":false,"slurm_job_id":"72","sbatch_path":"ROOT/.hyperherd/job.sbatch","submitted_indices":[0],"sbatch_script":null,"trials":[{"index":0,"status":"submitted","experiment_name":"x-0","params":{"x":0},"state":"submitted"},{"index":1,"status":"submitted","experiment_name":"x-1","params":{"x":1},"state":"submitted"}],"executor":"slurm","slurm_job_ids":["72"],"scripts":["ROOT/.hyperherd/submissions/ID.sbatch"],"needs_driver":false,"waiting":[]}
    "
  `)
})

test('run reports a rejected submission', async () => {
  const rejecting = onCluster(`${HEAD}${GRID}`, 'echo "sbatch: error: invalid partition specified: p" >&2; exit 1')
  expect(await transcript(rejecting, ['run', 'run --json'])).toMatchInlineSnapshot(`
    "
    $ run
    Launched no trials: 2 new
    2 trial(s) are waiting: continue with \`hotcb sweep run\` or \`hotcb sweep drive\`
    A driver is needed for trials that are waiting: \`hotcb sweep run --drive\`, or \`hotcb sweep drive --once\` from cron
    <dim>show them with \`hotcb sweep status\`</dim>
    ! <red>Error:</red> SLURM refused: invalid partition specified: p
    = 1
    $ run --json
    {"dry_run":false,"slurm_job_id":null,"sbatch_path":null,"submitted_indices":[],"sbatch_script":null,"trials":[{"index":0,"status":"ready","experiment_name":"x-0","params":{"x":0},"state":"waiting"},{"index":1,"status":"ready","experiment_name":"x-1","params":{"x":1},"state":"waiting"}],"executor":"slurm","slurm_job_ids":[],"scripts":[],"needs_driver":true,"waiting":[0,1]}
    ! {"error":"SLURM refused: invalid partition specified: p","code":"refused","exit_code":1}
    = 1
    "
  `)
})

test('drive can be a job of its own', async () => {
  const sweep = onCluster(`${HEAD}${GRID}`, 'echo 73')
  expect(
    await transcript(sweep, [
      'run -i 0',
      'drive --as-job',
      'drive --as-job --json --partition q --time 1:00:00',
      'drive --as-job --once',
      'drive --time 1:00:00',
      'drive --partition q',
    ]),
  ).toMatchInlineSnapshot(`
    "
    $ run -i 0
    Launched 1 trial(s) as SLURM job array 73: 2 new
    <dim>show them with \`hotcb sweep status\`</dim>
    $ drive --as-job
    Job 73 is driving the sweep; its log is ROOT/.hyperherd/driver.log
    $ drive --as-job --json --partition q --time 1:00:00
    {"driver_job":"73"}
    $ drive --as-job --once
    ! <red>hotcb:</red> \`--as-job\` cannot be combined with \`--once\`
    = 2
    $ drive --time 1:00:00
    ! <red>hotcb:</red> \`--partition\` and \`--time\` require \`--as-job\`
    = 2
    $ drive --partition q
    ! <red>hotcb:</red> \`--partition\` and \`--time\` require \`--as-job\`
    = 2
    "
  `)
})
