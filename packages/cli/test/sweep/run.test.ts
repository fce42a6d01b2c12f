import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newSweep, transcript, YAML } from './written.ts'

test('run shows what it would run, runs the trials here, and reports what changed', async () => {
  const sweep = newSweep('[ "$HYPERHERD_TRIAL_ID" = 0 ]')
  const lines = [
    'run -n',
    'run -n --json -i 1',
    'run -n --watch',
    'run -n --fresh',
    'run -n --drive',
    'run -i 7',
    'run --watch -i 0',
    'run -n',
    'run -n -i 0',
    'run -n -f -i 0',
  ]
  expect(await transcript(sweep, lines)).toMatchInlineSnapshot(`
    "
    $ run -n
    Would run 2 trial(s): 2 new
      0  x-1
      1  x-2
    $ run -n --json -i 1
    {"dry_run":true,"slurm_job_id":null,"sbatch_path":null,"submitted_indices":[1],"sbatch_script":null,"trials":[{"index":0,"status":"ready","experiment_name":"x-1","params":{"x":1},"state":"ready"},{"index":1,"status":"ready","experiment_name":"x-2","params":{"x":2},"state":"ready"}],"executor":"local","slurm_job_ids":[],"scripts":[],"needs_driver":false,"waiting":[]}
    $ run -n --watch
    ! <red>hotcb:</red> \`--dry-run\` cannot be combined with \`--watch\`
    = 2
    $ run -n --fresh
    ! <red>hotcb:</red> \`--dry-run\` cannot be combined with \`--fresh\` or \`--drive\`
    = 2
    $ run -n --drive
    ! <red>hotcb:</red> \`--dry-run\` cannot be combined with \`--fresh\` or \`--drive\`
    = 2
    $ run -i 7
    ! <red>Error:</red> no trial 7; the sweep has 2 trials
    = 1
    $ run --watch -i 0
    Running 1 trial(s): 2 new
    <dim>show them with \`hotcb sweep status\`</dim>
    <bold>Trial</bold>  <bold>Name</bold>  <bold>Status</bold>       <bold>Last log</bold>
    0                   x-1                <green>COMPLETED</green>
    1                   x-2                <dim>READY</dim>

    Total: 2 | READY: 1 COMPLETED: 1
    $ run -n
    Would run 1 trial(s)
      1  x-2
    $ run -n -i 0
    ! <red>Error:</red> trial 0 (completed) is already submitted; use \`--force\` to run it again
    = 1
    $ run -n -f -i 0
    Would run 1 trial(s)
      0  x-1
    "
  `)
  sweep.file('hyperherd.yaml', YAML.replace('[0, 1, 2, 3, 4]', '[1, 3, 4]'))
  expect(
    await transcript(sweep, ['run -n', 'run --watch -j 1', 'run -p x=3 -n', 'run -n --json']),
  ).toMatchInlineSnapshot(`
    "
    $ run -n
    Would run 2 trial(s): 2 new, 1 dropped
      2  x-3
      3  x-4
    $ run --watch -j 1
    Running 2 trial(s): 2 new, 1 dropped
    <dim>show them with \`hotcb sweep status\`</dim>
    <bold>Trial</bold>  <bold>Name</bold>  <bold>Status</bold>       <bold>Last log</bold>
    0                   x-1                <green>COMPLETED</green>
    2                   x-3                <red>FAILED</red>         exit
    3                   x-4                <red>FAILED</red>         exit

    Total: 3 | COMPLETED: 1 FAILED: 2
    $ run -p x=3 -n
    Would run 1 trial(s)
      2  x-3
    $ run -n --json
    {"dry_run":true,"slurm_job_id":null,"sbatch_path":null,"submitted_indices":[2,3],"sbatch_script":null,"trials":[{"index":0,"status":"completed","experiment_name":"x-1","params":{"x":1},"state":"completed"},{"index":2,"status":"failed","experiment_name":"x-3","params":{"x":3},"state":"failed"},{"index":3,"status":"failed","experiment_name":"x-4","params":{"x":4},"state":"failed"}],"executor":"local","slurm_job_ids":[],"scripts":[],"needs_driver":false,"waiting":[]}
    "
  `)
  sweep.file('hyperherd.yaml', YAML.replace('[0, 1, 2, 3, 4]', '[3, 4]'))
  expect(await transcript(sweep, ['run -n', 'run -n -f'])).toMatchInlineSnapshot(`
    "
    $ run -n
    ! <red>Error:</red> the config no longer contains 1 trial(s) that are running or have results: 0 x-1 (completed); use \`--force\` to keep them as orphans
    = 1
    $ run -n -f
    Would run 2 trial(s): 1 no longer in the config
      2  x-3
      3  x-4
    "
  `)
})

test('run passes local trials to a driver in the background', async () => {
  const sweep = newSweep('exit 0')
  expect(await transcript(sweep, ['run -i 0', 'run -i 1 --json'])).toMatchInlineSnapshot(`
    "
    $ run -i 0
    Running 1 trial(s): 2 new
    <dim>show them with \`hotcb sweep status\`</dim>
    $ run -i 1 --json
    {"dry_run":false,"slurm_job_id":null,"sbatch_path":null,"submitted_indices":[1],"sbatch_script":null,"trials":[{"index":0,"status":"ready","experiment_name":"x-1","params":{"x":1},"state":"waiting"},{"index":1,"status":"ready","experiment_name":"x-2","params":{"x":2},"state":"waiting"}],"executor":"local","slurm_job_ids":[],"scripts":[],"needs_driver":false,"waiting":[]}
    "
  `)
  await expect
    .poll(() => readFileSync(join(sweep.root, '.hyperherd/driver.log'), 'utf8'), { timeout: 300_000 })
    .toContain('no-such-program')
  expect(
    await transcript(sweep, ['drive --once', 'drive --as-job --once', 'drive --partition p', 'drive --time 1']),
  ).toMatchInlineSnapshot(`
    "
    $ drive --once
    $ drive --as-job --once
    ! <red>hotcb:</red> \`--as-job\` cannot be combined with \`--once\`
    = 2
    $ drive --partition p
    ! <red>hotcb:</red> \`--partition\` and \`--time\` require \`--as-job\`
    = 2
    $ drive --time 1
    ! <red>hotcb:</red> \`--partition\` and \`--time\` require \`--as-job\`
    = 2
    "
  `)
  const drive = await sweep.herd('drive --every 0.05 --json')
  expect(drive.code).toBe(0)
  expect(JSON.parse(drive.out)).toMatchObject({ totals: { total: 2, completed: 2 }, needs_driver: false })
})
