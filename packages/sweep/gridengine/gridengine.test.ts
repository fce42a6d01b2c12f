import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type ClusterSweep, openClusterSweep, until } from '../slurm/cluster-sweep.ts'
import { drive, readSweepStatus, requestTrials } from '../src/node.ts'
import { executorConformance } from '../src/testing.ts'
import { conformanceWorkspace } from '../test/conformance-workspace.ts'

const opened: ClusterSweep[] = []
beforeAll(() => {
  const home = process.env['HOTCB_GRIDENGINE_HOME'] ?? ''
  Object.assign(process.env, JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')))
})
afterEach(() => {
  for (const sweep of opened.splice(0)) sweep.close()
})

function open(values: readonly (string | number)[], launcher: string, fields = '', more = ''): ClusterSweep {
  const sweep = openClusterSweep({ values, launcher, block: `gridengine: {lag_seconds: 1${fields}}`, more })
  opened.push(sweep)
  return sweep
}

const SCRIPT = fileURLToPath(new URL('../../../scripts/gridengine-up.mjs', import.meta.url))

function master(what: 'stop' | 'start'): void {
  execFileSync(process.execPath, [SCRIPT, what, 'sge_qmaster'], { stdio: ['ignore', 'ignore', 'inherit'] })
}

const isOver = async (sweep: ClusterSweep): Promise<boolean> =>
  !(await sweep.states()).some((one) => /^(queued|running|submitted|submitting|stopping)/.test(one))

describe('the executor gridengine on a real Grid Engine', () => {
  for (const { title, run } of executorConformance(() => conformanceWorkspace('gridengine: {lag_seconds: 1}')))
    test(title, run)
})

test('12 trials on Grid Engine run to their end, each once, with their own values and logs', async () => {
  const values = Array.from({ length: 12 }, (_, at) => at)
  const sweep = open(values, 'echo "x is $X"')
  await sweep.run()
  await until('all trials are completed', async () => (await sweep.states()).every((one) => one === 'completed'))
  expect([...sweep.ran()].sort()).toEqual(values.map((i) => `${i}-1`).sort())
  expect((await sweep.look()).map(({ lastLogLine }) => lastLogLine)).toEqual(values.map((x) => `x is ${x}`))
})

test('Grid Engine: exit codes, a time limit, a kill from outside and an impossible request are shown as what they are', async () => {
  const launcher = 'case $X in code) exit 3;; high) exit 255;; *) exec sleep 600;; esac'
  const ended = open(['code', 'high', 'outside'], launcher)
  const limited = open(['limit'], launcher, ', time: "00:00:02"')
  const never = open(['never'], launcher, ', cpus_per_task: 64, parallel_environment: smp')
  const [job] = [await ended.run(), await limited.run(), await never.run()]
  await until('the third trial runs', async () => (await ended.states())[2] === 'running' && ended.ran().length === 3)
  spawnSync('qdel', [`${job}.3`])
  await until('all have ended', async () => (await isOver(ended)) && (await isOver(limited)))
  expect(await ended.states()).toEqual(['failed exit', 'failed exit', 'failed killed'])
  expect((await ended.look()).map(({ trial }) => trial.i)).toEqual([0, 1, 2])
  expect(await limited.states()).toEqual(['failed timeout'])
  expect(await never.states()).toEqual(['queued'])
})

test('a trial on Grid Engine that herd stops is cancelled, one that fails is tried again, and max_concurrent holds', async () => {
  const launcher = `
echo begin >> at-a-time
trap 'echo end >> at-a-time' EXIT
[ $X = 4 ] && ! [ -e second ] && touch second && exit 1
[ $X = 1 ] && { sleep 600 & wait; }
sleep 0.5`
  const sweep = open([1, 2, 3, 4], launcher, ', max_concurrent: 2', 'retries: {exit: 1, backoff: 0}\n')
  await sweep.run()
  const tick = async (): Promise<readonly string[]> => {
    await drive(sweep.workspace, { once: true })
    return sweep.states()
  }
  await until('the others have ended', async () => (await tick()).slice(1).every((one) => one === 'completed'))
  await requestTrials(sweep.workspace, 'stop', { index: 0 })
  await until('the first one has ended', async () => (await tick())[0] === 'cancelled')
  expect(await sweep.states()).toEqual(['cancelled', 'completed', 'completed', 'completed'])
  expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1', '3-1', '3-2'])
  let [now, most] = [0, 0]
  for (const line of readFileSync(join(sweep.root, 'at-a-time'), 'utf8').trim().split('\n')) {
    now += line === 'begin' ? 1 : -1
    most = Math.max(most, now)
  }
  expect(most).toBe(2)
})

test('with the master of Grid Engine down nothing is lost or moved, and status names who is silent', async () => {
  const sweep = open([1, 2], 'until [ -e go ]; do sleep 0.1; done')
  await sweep.run()
  await until(
    'both trials run',
    async () => (await sweep.states()).every((one) => one === 'running') && sweep.ran().length === 2,
  )
  master('stop')
  try {
    expect((await readSweepStatus(sweep.workspace)).silent.map(({ source }) => source)).toEqual(['qstat'])
    expect(await sweep.states()).toEqual(['running', 'running'])
    sweep.write('go', '')
    await until('the marks say how they ended', async () => (await sweep.states()).every((one) => one === 'completed'))
  } finally {
    master('start')
  }
  await until('no trial is open', async () => (await sweep.states()).every((one) => one === 'completed'))
  expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1'])
})
