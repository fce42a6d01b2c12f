import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SlurmOptions } from '../src/config/config.ts'
import type { Chunk, ChunkAttempt, OpenAttempt } from '../src/executor/executor.ts'
import { slurmExecutor } from '../src/node/slurm/slurm-executor.ts'
import { configInForce } from '../src/node/workspace.ts'
import { batchScript } from '../src/slurm/script.ts'
import { answeringPrograms } from './answering-programs.ts'
import { writtenWorkspace } from './written-workspace.ts'

// The command lines and scripts for SLURM, and the meaning of its answers.

const YAML =
  'name: t\nlauncher: ./l.sh\ngrid: all\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
const attempt = (i: number, more: Partial<OpenAttempt> = {}): OpenAttempt => ({ i, n: 1, sid: 's', task: i, job: '7', at: 1000, seen: 'running', r: 0, facts: {}, ...more }) // biome-ignore format: one attempt
const inChunk = (i: number, task = i): ChunkAttempt => ({ i, n: 1, task, place: { gpus: '' }, env: { ID: String(i), W: '/w' } }) // biome-ignore format: short
const CHUNK: Chunk = { sid: 'abc', attempts: [inChunk(0), inChunk(1)], throttle: null, slurm: null }

async function setUp(...programs: readonly string[]) {
  const { workspace } = await writtenWorkspace(YAML, [{ x: 1 }, { x: 2 }])
  const { slurm } = configInForce(workspace)
  if (slurm === null) throw new Error('no slurm')
  const answering = answeringPrograms(...programs)
  const { paths } = workspace
  return { ...answering, paths, slurm, executor: slurmExecutor({ paths, name: 't', options: slurm, now: () => 5000, isLookOnly: false }) } // biome-ignore format: short
}

test('attempts are cancelled by job and task, two hundred at a time, and those without a job are skipped', async () => {
  const { executor, answer, calls } = await setUp('scancel')
  expect(await executor.cancel([attempt(0, { job: null })], false)).toEqual({ answered: true, value: [] })
  expect(calls()).toEqual([])
  answer('scancel 7_3 8_5', '')
  const told = await executor.cancel([attempt(3), attempt(4, { job: null }), attempt(9, { job: '8', task: 5, n: 2 })], false) // biome-ignore format: short
  expect(told).toEqual({ answered: true, value: [[3, 1], [9, 2]] }) // biome-ignore format: pairs
  answer('scancel --signal=KILL 7_3', '')
  expect(await executor.cancel([attempt(3)], true)).toEqual({ answered: true, value: [[3, 1]] })
  expect(calls()).toEqual(['scancel 7_3 8_5', 'scancel --signal=KILL 7_3'])
  answer('scancel', '')
  const many = Array.from({ length: 201 }, (_, i) => attempt(i))
  expect(await executor.cancel(many, false)).toEqual({ answered: true, value: many.map(({ i }) => [i, 1]) })
  expect(calls().slice(2)).toEqual([`scancel ${many.slice(0, 200).map(({ i }) => `7_${i}`).join(' ')}`, 'scancel 7_200']) // biome-ignore format: short
  // The tasks in an earlier call were notified.
  answer('scancel 7_200', '!down')
  const some = await executor.cancel(many, false)
  expect(some.answered && some.value).toHaveLength(200)
  expect(await executor.cancel(many.slice(200), false)).toEqual({ answered: false, why: 'scancel: down' })
})

test('the number of concurrent tasks is changed in the job', async () => {
  const { executor, answer, calls } = await setUp('scontrol')
  answer('scontrol', '')
  expect(await executor.throttle?.('7', 3)).toEqual({ answered: true, value: undefined })
  expect(calls()).toEqual(['scontrol update JobId=7 ArrayTaskThrottle=3'])
  answer('scontrol', '!down')
  expect(await executor.throttle?.('7', 3)).toEqual({ answered: false, why: 'scontrol: down' })
})

test('a submission writes its script, and removes requests to earlier attempts', async () => {
  const { executor, answer, calls, paths } = await setUp('sbatch')
  mkdirSync(join(paths.results, '1'), { recursive: true })
  writeFileSync(join(paths.results, '1/_signal'), 'stop')
  answer('sbatch', '91\n')
  const script = join(paths.submissions, 'abc.sbatch')
  expect(await executor.submit(CHUNK)).toEqual({ answered: true, value: { kind: 'sent', job: '91', script } })
  expect(calls()).toEqual([`sbatch --parsable --job-name=hyperherd_t-abc --comment=hotcb:abc ${script}`])
  const text = readFileSync(script, 'utf8')
  expect(text).toBe(executor.script?.(CHUNK))
  expect(readFileSync(paths.script, 'utf8')).toBe(text)
  expect(text).toContain('export HYPERHERD_EXECUTOR=slurm\n')
  expect(existsSync(join(paths.results, '1/_signal'))).toBe(false)
  expect([join(paths.results, '0'), join(paths.logs, 'slurm')].every(existsSync)).toBe(true)
})

test('a submission is refused, or its outcome is unknown', async () => {
  const { executor, answer } = await setUp('sbatch')
  const refused = (why: string, isFull = false) => ({ answered: true, value: { kind: 'refused', why, isFull } })
  answer('sbatch', '!sbatch: error: Batch job submission failed: Invalid account or account/partition combination\n')
  expect(await executor.submit(CHUNK)).toEqual(refused('Batch job submission failed: Invalid account or account/partition combination')) // biome-ignore format: short
  answer('sbatch', '!sbatch: error: Job violates accounting/QOS policy (job submit limit, user size)\n')
  expect(await executor.submit(CHUNK)).toEqual(refused('Job violates accounting/QOS policy (job submit limit, user size)', true)) // biome-ignore format: short
  answer('sbatch', '!sbatch: error: Socket timed out\n')
  expect(await executor.submit(CHUNK)).toEqual({ answered: false, why: 'sbatch: sbatch: error: Socket timed out' })
  const outer = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  const missing = await executor.submit(CHUNK)
  process.env['PATH'] = outer
  expect(missing).toEqual({ answered: true, value: { kind: 'refused', why: '`sbatch` is not installed here' } })
})

test('a script has a directive for each option', async () => {
  const { slurm } = await setUp()
  const header = (options: Partial<SlurmOptions>, chunk: Partial<Chunk> = {}, logs = '/w/100%/logs') =>
    batchScript({ name: 't', options: { ...slurm, time: '1:00', mem: '4G', ...options }, chunk: { ...CHUNK, ...chunk }, logs, wrapper: 'W' })
      .split('\n')
      .filter((line) => line.startsWith('#SBATCH'))
      .map((line) => line.slice('#SBATCH '.length)) // biome-ignore format: short
  expect(header({})).toEqual([
    '--job-name=hyperherd_t',
    '--array=0-1',
    '--partition=p',
    '--time=1:00',
    '--mem=4G',
    `--cpus-per-task=${slurm.cpusPerTask}`,
    '--output=/w/100%%/logs/%a.out',
    '--error=/w/100%%/logs/%a.err',
    '--open-mode=append',
    ...(slurm.signalBefore === null ? [] : [`--signal=B:USR1@${slurm.signalBefore}`]),
  ])
  const all = { gres: 'gpu:1', account: 'a b', qos: 'long', constraint: 'x', exclude: 'n1', requeue: true, signalBefore: 60, extraArgs: ['--nice', '--x=1'] } // biome-ignore format: short
  const mapped = { attempts: [inChunk(7, 0), inChunk(9, 1)], throttle: 2, after: ['5', '6_1'] }
  expect(header(all, mapped, '/a "b"\\c')).toEqual([
    '--job-name=hyperherd_t',
    '--array=0-1%2',
    '--partition=p',
    '--time=1:00',
    '--mem=4G',
    `--cpus-per-task=${slurm.cpusPerTask}`,
    ...['--gres=gpu:1', '--account="a b"', '--qos=long', '--constraint=x', '--exclude=n1'],
    '--output="/a \\"b\\"\\\\c/slurm/%A_%a.out"',
    '--error="/a \\"b\\"\\\\c/slurm/%A_%a.err"',
    '--open-mode=append',
    '--dependency=afterany:5:6_1',
    '--requeue',
    '--signal=B:USR1@60',
    ...['--nice', '--x=1'],
  ])
  expect(header({ requeue: false, signalBefore: null }).at(-1)).toBe('--no-requeue')
})
