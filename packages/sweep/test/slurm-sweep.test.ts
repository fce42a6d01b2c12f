import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorkspace, readSweepStatus, runSweep, type Workspace, wishFor } from '../src/node.ts'

const OUTER = process.env['PATH'] ?? ''
let root = ''
let workspace: Workspace

/** A cluster of one node: `sbatch` runs all tasks at once; `accounts` is what `sacct` prints. */
const STAND_INS: Readonly<Record<string, string>> = {
  sbatch: `
job=$((7000 + $(cat "$FAKE/calls" 2>/dev/null | grep -c ^sbatch)))
echo "sbatch $*" >> "$FAKE/calls"
[ -e "$FAKE/refuses" ] && { echo "sbatch: error: invalid partition specified: p" >&2; exit 1; }
script=\${!#}
for task in $(grep -o -- '--array=[0-9,-]*' "$script" | cut -d= -f2 | tr , ' '); do
  for one in $(seq "\${task%-*}" "\${task#*-}"); do
    [ -e "$FAKE/holds" ] || SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$one SLURM_JOB_ID=$job SLURMD_NODENAME=n1 bash "$script" > /dev/null 2>&1
  done
done
[ -e "$FAKE/loses" ] && { echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1; }
echo $job`,
  squeue:
    '[ -e "$FAKE/down" ] && { echo "slurm_load_jobs error: Unable to contact slurm controller" >&2; exit 1; }; cat "$FAKE/queue" 2>/dev/null; exit 0',
  sacct: 'cat "$FAKE/accounts" 2>/dev/null; exit 0',
  scancel: 'echo "scancel $*" >> "$FAKE/calls"',
  scontrol: 'echo "MaxArraySize = 1001"',
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sweep-slurm-'))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries(STAND_INS)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  process.env['PATH'] = `${bin}${delimiter}${OUTER}`
  process.env['FAKE'] = root
  const config =
    'name: t\ngrid: all\nlauncher: ./l.sh\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
  writeFileSync(join(root, 'hyperherd.yaml'), config)
  writeFileSync(join(root, 'l.sh'), '#!/bin/bash\necho "$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT $1" >> ran\n')
  chmodSync(join(root, 'l.sh'), 0o755)
  workspace = openWorkspace(root)
})

afterEach(() => {
  workspace.close()
  process.env['PATH'] = OUTER
  delete process.env['FAKE']
  rmSync(root, { recursive: true, force: true })
})

const switchOn = (name: string): void => writeFileSync(join(root, name), '')
const switchOff = (name: string): void => rmSync(join(root, name))
const ran = (): readonly string[] => readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')
const calls = (): readonly string[] => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
const states = async (): Promise<readonly string[]> =>
  (await readSweepStatus(workspace)).trials.map(({ state }) => state)

test('a run submits all trials as one array job, and the marks of its tasks say how they ended', async () => {
  const { submitted } = await runSweep(workspace)
  expect(submitted).toMatchObject({ jobs: ['7000'], trials: [0, 1], refused: null, unanswered: null })
  expect(ran()).toEqual(['0-1 experiment_name=x-1 x=1', '1-1 experiment_name=x-2 x=2'])
  expect(await states()).toEqual(['completed', 'completed'])
  expect(JSON.parse(readFileSync(workspace.paths.jobIds, 'utf8'))).toEqual([{ slurm_job_id: '7000', indices: [0, 1] }])
})

test('what SLURM refuses has not started, and the next run submits it as the same attempt', async () => {
  switchOn('refuses')
  expect((await runSweep(workspace)).submitted?.refused).toContain('invalid partition')
  expect(await states()).toEqual(['waiting', 'waiting'])
  switchOff('refuses')
  await runSweep(workspace)
  expect(ran().map((line) => line.split(' ')[0])).toEqual(['0-1', '1-1'])
})

test('a submission whose answer was lost is found again by the marks of its tasks, and is not repeated', async () => {
  switchOn('loses')
  expect((await runSweep(workspace)).submitted?.unanswered).toContain('Socket timed out')
  expect(await states()).toEqual(['submitting', 'submitting'])
  switchOff('loses')
  await runSweep(workspace)
  expect(await states()).toEqual(['completed', 'completed'])
  expect(ran()).toHaveLength(2)
  expect(calls().filter((line) => line.startsWith('sbatch'))).toHaveLength(1)
})

test('a queue that does not answer changes no state, and status names it', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'queue'), '7000_0|RUNNING|None||||n1\n7000_1|PENDING|Resources|||\n')
  expect(await states()).toEqual(['running', 'queued'])
  switchOn('down')
  const { silent, trials } = await readSweepStatus(workspace)
  expect(silent.map(({ source }) => source)).toEqual(['squeue'])
  expect(trials.map(({ state }) => state)).toEqual(['running', 'queued'])
})

test('stop cancels the tasks at once, and they are cancelled when SLURM says that they have ended', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'queue'), '7000_0|RUNNING|None||||n1\n7000_1|PENDING|Resources|||\n')
  await wishFor(workspace, 'stop', { index: 1 })
  expect(calls().at(-1)).toBe('scancel 7000_1')
  expect(await states()).toEqual(['running', 'stopping'])
  switchOff('queue')
  writeFileSync(join(root, 'accounts'), '7000_0|TIMEOUT|||||n1|\n7000_1|CANCELLED by 0|||||n1|\n')
  expect(await states()).toEqual(['failed', 'cancelled'])
  expect((await readSweepStatus(workspace)).trials[0]?.reason).toBe('timeout')
})

test('a dry run gives the script and writes nothing', async () => {
  const { script } = await runSweep(workspace, { dryRun: true })
  expect(script).toContain('#SBATCH --array=0-1\n')
  expect(readdirSync(root)).not.toContain('.hyperherd')
})
