import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { executorOf } from '../src/node/executors.ts'
import { loadConfig } from '../src/node/workspace.ts'
import {
  openWorkspace,
  readSweepStatus,
  requestTrials,
  runSweep,
  selectTrials,
  trialUsage,
  type Workspace,
} from '../src/node.ts'
import { type StandInCluster, startCluster } from './stand-in-cluster.ts'

let root = ''
let cluster: StandInCluster
let workspace: Workspace

beforeEach(() => {
  cluster = startCluster()
  root = cluster.root
  workspace = openWorkspace(root)
})

afterEach(() => {
  workspace.close()
  cluster.remove()
})

const switchOn = (name: string): void => writeFileSync(join(root, name), '')
const switchOff = (name: string): void => rmSync(join(root, name))
const ran = (): readonly string[] => readFileSync(join(root, 'ran'), 'utf8').trim().split('\n')
const calls = (): readonly string[] => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
const states = async (): Promise<readonly string[]> =>
  (await readSweepStatus(workspace)).trials.map(({ state }) => state)

test('a run submits all trials as one array job, and the marks show how its tasks ended', async () => {
  const { submitted } = await runSweep(workspace)
  expect(submitted).toMatchObject({ jobs: ['7000'], trials: [0, 1], refused: null, unanswered: null })
  expect(ran()).toEqual(['0-1 experiment_name=x-1 x=1', '1-1 experiment_name=x-2 x=2'])
  expect(await states()).toEqual(['completed', 'completed'])
  expect(JSON.parse(readFileSync(workspace.paths.jobIds, 'utf8'))).toEqual([{ slurm_job_id: '7000', indices: [0, 1] }])
})

test('a trial whose submission SLURM refused has not started, and the next run submits it as the same attempt', async () => {
  switchOn('refuses')
  expect((await runSweep(workspace)).submitted?.refused).toContain('invalid partition')
  expect(await states()).toEqual(['waiting', 'waiting'])
  switchOff('refuses')
  await runSweep(workspace)
  expect(ran().map((line) => line.split(' ')[0])).toEqual(['0-1', '1-1'])
})

test('a submission whose answer was lost is found by the marks of its tasks, and is not repeated', async () => {
  switchOn('loses')
  expect((await runSweep(workspace)).submitted?.unanswered).toContain('Socket timed out')
  expect(await states()).toEqual(['submitting', 'submitting'])
  switchOff('loses')
  await runSweep(workspace)
  expect(await states()).toEqual(['completed', 'completed'])
  expect(ran()).toHaveLength(2)
  expect(calls().filter((line) => line.startsWith('sbatch'))).toHaveLength(1)
})

test('a queue that does not answer changes no state, and status reports it', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'queue'), '7000_0|RUNNING|None||||n1\n7000_1|PENDING|Resources|||\n')
  expect(await states()).toEqual(['running', 'queued'])
  switchOn('down')
  const { silent, trials } = await readSweepStatus(workspace)
  expect(silent.map(({ source }) => source)).toEqual(['squeue'])
  expect(trials.map(({ state }) => state)).toEqual(['running', 'queued'])
})

test('stop cancels the tasks immediately, and trials are cancelled once SLURM reports that the tasks have ended', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'queue'), '7000_0|RUNNING|None||||n1\n7000_1|PENDING|Resources|||\n')
  await requestTrials(workspace, 'stop', { index: 1 })
  expect(calls().filter((line) => line.startsWith('scancel'))).toEqual(['scancel 7000_1'])
  expect(await states()).toEqual(['running', 'stopping'])
  switchOff('queue')
  writeFileSync(join(root, 'accounts'), '7000_0|TIMEOUT|||||n1|\n7000_1|CANCELLED by 0|||||n1|\n')
  expect(await states()).toEqual(['failed', 'cancelled'])
  expect((await readSweepStatus(workspace)).trials[0]?.reason).toBe('timeout')
})

test('a dry run returns the script and writes nothing', async () => {
  const { script } = await runSweep(workspace, { dryRun: true })
  expect(script).toContain('#SBATCH --array=0-1\n')
  expect(readdirSync(root)).not.toContain('.hyperherd')
})

test("the cluster's limits are known before anything is written to the workspace", async () => {
  const { config } = loadConfig(workspace.paths)
  expect(await executorOf(workspace, config).limits([])).toMatchObject({ answered: true, value: { maxTask: 1000 } })
  expect(readdirSync(workspace.paths.state)).toEqual(['cluster.json'])
})

test('in the accounting, the end of a bare job number may belong to another task, and ends no trial', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'accounts'), '7000|COMPLETED||1900000000|1900000001||n4|\n')
  expect(await states()).toEqual(['submitted', 'submitted'])
  writeFileSync(join(root, 'accounts'), '7000|COMPLETED|||||n4|\n7000_0|FAILED|||||n1|\n')
  expect(await states()).toEqual(['failed', 'submitted'])
})

test('a trial whose mark has an error code is failed, even if a row says completed', async () => {
  writeFileSync(join(root, 'l.sh'), '#!/bin/bash\nexit 3\n')
  await runSweep(workspace)
  writeFileSync(join(root, 'accounts'), '7000_0|COMPLETED|||||n1|\n')
  const { trials } = await readSweepStatus(workspace)
  expect(trials.map(({ state, reason }) => `${state} ${reason}`)).toEqual(['failed exit', 'failed exit'])
})

test('a task that SLURM restarts is not failed, even if the accounting shows the end of its last run', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'accounts'), '7000_0|PREEMPTED|||||n1|\n7000_1|NODE_FAIL|||||n1|\n')
  switchOn('down')
  expect(await states()).toEqual(['submitted', 'submitted'])
  switchOff('down')
  writeFileSync(join(root, 'queue'), '7000_0|PENDING|BeginTime||||\n7000_1|RUNNING|None|||n1|\n')
  expect(await states()).toEqual(['queued', 'running'])
})

test('a task that left the queue while other tasks of its job are still there was cancelled while waiting', async () => {
  switchOn('holds')
  await runSweep(workspace)
  writeFileSync(join(root, 'queue'), '7000_0|PENDING|Resources||||\n')
  await states()
  expect(await states()).toEqual(['queued', 'cancelled'])
  expect((await readSweepStatus(workspace)).trials[1]?.reason).toBe('vanished')
})

test("with `ssh`, SLURM's programs run on the login node, and a broken connection counts as no answer", async () => {
  const ssh =
    '[ -e "$FAKE/cut" ] && exit 255; echo "ssh $*" >> "$FAKE/calls"; for command; do :; done; bash -c "$command"'
  writeFileSync(join(root, 'bin/ssh'), `#!/bin/bash\n${ssh}\n`, { mode: 0o755 })
  const config = readFileSync(join(root, 'hyperherd.yaml'), 'utf8').replace(
    '{partition: p}',
    '{partition: p, ssh: login1}',
  )
  writeFileSync(join(root, 'hyperherd.yaml'), config)
  switchOn('cut')
  expect((await runSweep(workspace)).submitted?.unanswered).toContain('ssh')
  expect(await states()).toEqual(['submitting', 'submitting'])
})

test('the usage of a trial that ended long ago is queried once', async () => {
  switchOn('holds')
  await runSweep(workspace)
  const rows = [0, 1].map(
    (i) => `7000_${i}|COMPLETED|00:00:05|4096K|1000000000|8G|n1|\n7000_${i}.batch|COMPLETED|00:00:05|4096K|4096K|\n`,
  )
  writeFileSync(join(root, 'accounts'), rows.join(''))
  expect(await states()).toEqual(['completed', 'completed'])
  const memory = async (): Promise<readonly unknown[]> => {
    const { byTrial } = await trialUsage(workspace, selectTrials(workspace, { all: true }))
    return [0, 1].map((i) => byTrial.get(i)?.maxRssBytes)
  }
  expect(await memory()).toEqual([4096 * 1024, 4096 * 1024])
  switchOff('accounts')
  expect(await memory()).toEqual([4096 * 1024, 4096 * 1024])
})
