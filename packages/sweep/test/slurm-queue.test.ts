import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SlurmOptions } from '../src/config/config.ts'
import type { OpenAttempt, OpenSubmission, Usage } from '../src/executor/executor.ts'
import type { CallProgram, ProgramCall } from '../src/node/cluster/call-program.ts'
import { accountingPeriod, askAccounting, askAccountingByName, askQueue } from '../src/node/slurm/ask-slurm.ts'
import { findSubmissions } from '../src/node/slurm/find-submissions.ts'
import { keepUsage, readKeptUsage } from '../src/node/slurm/kept-usage.ts'
import { clusterFacts, readLimits } from '../src/node/slurm/limits.ts'
import type { SlurmSweep } from '../src/node/slurm/slurm-executor.ts'
import { configInForce } from '../src/node/workspace.ts'
import { answeringPrograms } from './answering-programs.ts'
import { writtenWorkspace } from './written-workspace.ts'

// The queries to SLURM, and the conclusions from its answers and from missing answers.

const YAML = 'name: t\ngrid: all\nlauncher: ./l.sh\nslurm: {partition: p}\nparameters:\n  x: {type: discrete, values: [1, 2]}\n' // biome-ignore format: short
const NOW = 10_000

async function slurmSweep(
  options: Partial<SlurmOptions> = {},
): Promise<{ readonly sweep: SlurmSweep; at(now: number): SlurmSweep }> {
  const { workspace } = await writtenWorkspace(YAML, [{ x: 1 }, { x: 2 }])
  const { slurm } = configInForce(workspace)
  if (slurm === null) throw new Error('no slurm')
  const sweep = {
    paths: workspace.paths,
    name: 't',
    options: { ...slurm, ...options },
    now: () => NOW,
    isLookOnly: false,
  }
  return { sweep, at: (now) => ({ ...sweep, now: () => now }) }
}

/** Calls that get the test's answers, by program. */
function answers(given: Readonly<Record<string, Partial<ProgramCall>>>) {
  const calls: string[] = []
  const call: CallProgram = async (program, args) => {
    calls.push([program, ...args].join(' '))
    return { code: 0, stdout: '', stderr: '', isMissing: false, ...given[program] }
  }
  return { call, calls }
}

test('the queue of this user or of all users is queried without job numbers', async () => {
  const { call, calls } = answers({ squeue: { stdout: '7_1|RUNNING|None|1|2|n1|name\n' } })
  const mine = await askQueue(call, 'me')
  expect(mine.answered && mine.value.map(({ jobName, word }) => [jobName, word])).toEqual([['name', 'RUNNING']])
  await askQueue(call, 'all')
  const format = '%i|%T|%r|%V|%S|%N|%j'
  expect(calls.filter((one) => one.startsWith('squeue'))).toEqual([
    `squeue -h -r -t all --me -o ${format}`,
    `squeue -h -r -t all -o ${format}`,
  ])
  expect(calls.filter((one) => one.startsWith('scontrol'))).toEqual(['scontrol ping', 'scontrol ping'])
})

test('a queue that fails, or that prints an empty list and an error, counts as no answer', async () => {
  const why = async (squeue: Partial<ProgramCall>) => askQueue(answers({ squeue }).call, 'me')
  expect(await why({ code: 1 })).toEqual({ answered: false, why: 'squeue: exit code 1' })
  expect(await why({ stderr: 'slurm_load_jobs error: x\n' })).toEqual({ answered: false, why: 'squeue: slurm_load_jobs error: x' }) // biome-ignore format: short
  expect(await why({ stderr: 'a warning\n' })).toEqual({ answered: true, value: [] })
})

test('a query ends as soon as a ping reports that no controller is up', async () => {
  const queue = async (ping: Partial<ProgramCall>) => {
    const call: CallProgram = async (program, _, { signal }) => {
      if (program === 'scontrol') return { code: 1, stdout: '', stderr: '', isMissing: false, ...ping }
      // The ping answers first.
      for (let turn = 0; turn < 9 && signal?.aborted !== true; turn++) await Promise.resolve()
      return { code: signal?.aborted === true ? 1 : 0, stdout: '', stderr: '', isMissing: false }
    }
    return askQueue(call, 'me')
  }
  const down = 'Slurmctld(primary) at a is DOWN\n'
  expect(await queue({ stdout: down })).toEqual({ answered: false, why: 'slurmctld does not answer' })
  const up = { answered: true, value: [] }
  expect(await queue({ stdout: `${down}Slurmctld(backup) at b is UP\n` })).toEqual(up)
  expect(await queue({ stdout: down, code: 0 })).toEqual(up)
  expect(await queue({ stdout: 'nothing' })).toEqual(up)
})

test('the accounting is queried for a hundred jobs at a time, from one day before the oldest', async () => {
  expect(accountingPeriod(0, 5000)).toEqual(['-E', 'now'])
  expect(accountingPeriod(1000.5, 5000)).toEqual(['-S', 'now-90400seconds', '-E', 'now'])
  const { call, calls } = answers({ sacct: { stdout: '7_1|FAILED|1|2|3|None|n1|name\n' } })
  const jobs = Array.from({ length: 101 }, (_, i) => String(i))
  const rows = await askAccounting(call, jobs, ['-E', 'now'])
  expect(rows.answered && rows.value.map(({ word }) => word)).toEqual(['FAILED', 'FAILED'])
  const format = '--format=JobID,State,Submit,Start,End,Reason,NodeList,JobName'
  expect(calls).toEqual([
    `sacct -n -P -X -a -j ${jobs.slice(0, 100).join(',')} -E now ${format}`,
    `sacct -n -P -X -a -j 100 -E now ${format}`,
  ])
  const named = await askAccountingByName(call, ['a', 'b'], ['-E', 'now'])
  expect(named.answered && named.value.map(({ jobName }) => jobName)).toEqual(['name'])
  expect(calls[2]).toBe(`sacct -n -P -X -a --name=a,b -E now ${format}`)
  for (const sacct of [{ code: 1, stderr: 'sacct: error: x' }, { stderr: 'sacct: error: x' }]) {
    const silent = answers({ sacct }).call
    const none = { answered: false, why: 'sacct: sacct: error: x' }
    expect([await askAccounting(silent, ['1'], []), await askAccountingByName(silent, ['a'], [])]).toEqual([none, none])
  }
  expect(await askAccounting(answers({}).call, [], [])).toEqual({ answered: true, value: [] })
})

const CONFIG = 'MaxArraySize            = 501\nMinJobAge               = 60 sec\nAccountingStorageType = accounting_storage/slurmdbd\nSchedulerParameters = x,max_array_tasks=200\n' // biome-ignore format: one text

test("a cluster's limits are queried once an hour; without an answer, SLURM's defaults are used", async () => {
  const { answer, calls } = answeringPrograms('scontrol')
  const { sweep, at } = await slurmSweep()
  const facts = { maxArraySize: 501, maxArrayTasks: 200, minJobAge: 60, hasAccounting: true }
  const usual = { maxArraySize: 1001, maxArrayTasks: 1000, minJobAge: 300, hasAccounting: true }
  answer('scontrol show config', '!down')
  expect(await clusterFacts(sweep)).toEqual(usual)
  expect(existsSync(sweep.paths.cluster)).toBe(false)
  answer('scontrol show config', CONFIG)
  expect(await clusterFacts({ ...sweep, isLookOnly: true })).toEqual(facts)
  expect(existsSync(sweep.paths.cluster)).toBe(false)
  expect(await clusterFacts(sweep)).toEqual(facts)
  expect(JSON.parse(readFileSync(sweep.paths.cluster, 'utf8'))).toEqual({ ...facts, at: NOW })
  expect(calls()).toHaveLength(3)
  for (const none of ['(null)', 'accounting_storage/none']) {
    answer('scontrol show config', `AccountingStorageType   = ${none}\n`)
    for (const now of [NOW + 3599, NOW - 3599]) expect(await clusterFacts(at(now))).toEqual(facts)
    for (const now of [NOW + 3600, NOW - 3600]) {
      expect(await clusterFacts({ ...at(now), isLookOnly: true })).toEqual({ ...usual, hasAccounting: false })
    }
  }
  const asked = calls().length
  for (const key of ['maxArraySize', 'maxArrayTasks', 'minJobAge', 'hasAccounting', 'at']) {
    writeFileSync(sweep.paths.cluster, JSON.stringify({ ...facts, at: NOW, [key]: null }))
    expect((await clusterFacts({ ...sweep, isLookOnly: true })).hasAccounting).toBe(false)
  }
  for (const damaged of ['', '5', '{']) {
    writeFileSync(sweep.paths.cluster, damaged)
    await clusterFacts({ ...sweep, isLookOnly: true })
  }
  expect(calls()).toHaveLength(asked + 8)
})

test('a submission has at most as many tasks as an array allows, and the queue as many as the config allows', async () => {
  const { answer } = answeringPrograms('scontrol')
  answer('scontrol', CONFIG)
  const limits = async (options: Partial<SlurmOptions>, open = 0) =>
    readLimits(
      (await slurmSweep(options)).sweep,
      Array.from({ length: open }, () => ATTEMPT),
    )
  const usual = { places: null, chunk: 200, maxTask: 500, signSeconds: null }
  expect(await limits({})).toEqual({ answered: true, value: usual })
  expect(await limits({ maxQueued: 5 }, 3)).toEqual({ answered: true, value: { ...usual, room: 2 } })
  expect(await limits({ maxQueued: 5 }, 9)).toEqual({ answered: true, value: { ...usual, room: 0 } })
  answer('scontrol', 'MaxArraySize = 101\n')
  expect(await limits({})).toEqual({ answered: true, value: { ...usual, chunk: 100, maxTask: 100 } })
  answer('scontrol', 'MaxArraySize = 5001\nSchedulerParameters=max_array_tasks=5000\n')
  expect(await limits({})).toEqual({ answered: true, value: { ...usual, chunk: 1000, maxTask: 5000 } })
})

test('a lost submission was sent if a mark, the queue or the accounting lists it, and absent only if it can no longer arrive', async () => {
  const { answer, calls } = answeringPrograms('scontrol', 'squeue', 'sacct')
  const { sweep } = await slurmSweep()
  answer('scontrol show config', CONFIG)
  answer('scontrol ping', 'Slurmctld(primary) at a is UP\n')
  const lost = (sid: string, age: number, i = 0): OpenSubmission => ({ sid, at: NOW - age, attempts: [[i, 1]] })
  const find = async (...submissions: readonly OpenSubmission[]) => {
    const found = await findSubmissions(sweep, submissions)
    return found.answered ? Object.fromEntries([...found.value].map(([sid, one]) => [sid, one.kind === 'sent' ? one.job : one.kind])) : found.why // biome-ignore format: short
  }
  answer('squeue', '71_1|RUNNING|None|1|2|n1|hyperherd_t-queued\n')
  answer('sacct', '72_1|COMPLETED|1|2|3|None|n1|hyperherd_t-ended\n')
  expect(await find(lost('queued', 100), lost('ended', 100), lost('gone', 91), lost('young', 90))).toEqual({ queued: '71', ended: '72', gone: 'absent' }) // biome-ignore format: short
  expect(calls()).toContain('sacct -n -P -X -a --name=hyperherd_t-queued,hyperherd_t-ended,hyperherd_t-gone,hyperherd_t-young -S now-86500seconds -E now --format=JobID,State,Submit,Start,End,Reason,NodeList,JobName') // biome-ignore format: short
  // The queue has forgotten jobs that ended a minute ago, so only the accounting can show that there was none.
  answer('sacct', '!sacct: error: down')
  expect(await find(lost('gone', 91))).toEqual({})
  writeFileSync(sweep.paths.cluster, JSON.stringify({ maxArraySize: 9, maxArrayTasks: 9, minJobAge: 300, hasAccounting: true, at: NOW })) // biome-ignore format: short
  expect(await find(lost('gone', 299), lost('old', 300))).toEqual({ gone: 'absent' })
  writeFileSync(sweep.paths.cluster, JSON.stringify({ maxArraySize: 9, maxArrayTasks: 9, minJobAge: 1, hasAccounting: false, at: NOW })) // biome-ignore format: short
  expect(await find(lost('gone', 91))).toEqual({ gone: 'absent' })
  answer('squeue', '!slurm_load_jobs error: down')
  expect(await find(lost('gone', 91))).toBe('squeue: slurm_load_jobs error: down')
  // A mark is sufficient, whatever the queue reports.
  mkdirSync(join(sweep.paths.marks, '0'), { recursive: true })
  symlinkSync('slurm:79_3:n1:5000', join(sweep.paths.marks, '0/3-1'))
  expect(await find(lost('marked', 5, 3), lost('gone', 91))).toEqual({ marked: '79' })
  // A ping of an earlier query may end after it.
  const queries = () => calls().filter((line) => line !== 'scontrol ping')
  const before = queries()
  expect(await find(lost('marked', 5, 3))).toEqual({ marked: '79' })
  expect(queries()).toEqual(before)
})

const ATTEMPT: OpenAttempt = { i: 0, n: 1, sid: 's', task: 0, job: '7', at: 1000, seen: 'completed', r: 0, facts: { ended: 99 } } // biome-ignore format: one attempt
const used = (i: number): Usage => ({ i, n: 1, state: null, elapsed: null, elapsedSeconds: null, maxRssBytes: i, aveRssBytes: null, reqMemBytes: null }) // biome-ignore format: short

test('the usage of attempts that ended long ago is stored, and a damaged file counts as empty', async () => {
  const { sweep } = await slurmSweep()
  const { state } = sweep.paths
  const file = join(state, 'usage.json')
  const attempts = [
    ATTEMPT,
    { ...ATTEMPT, i: 1, facts: { ended: 100 } },
    { ...ATTEMPT, i: 2, facts: {} },
    { ...ATTEMPT, i: 3, seen: 'running' as const },
  ]
  expect(readKeptUsage(state)).toEqual(new Map())
  keepUsage(state, new Map(), attempts, [used(1), used(2), used(3)], 100)
  expect(existsSync(file)).toBe(false)
  keepUsage(state, new Map([['9-1', used(9)]]), attempts, [used(0), used(1)], 100)
  expect(readKeptUsage(state)).toEqual(new Map([['9-1', used(9)], ['0-1', used(0)]])) // biome-ignore format: pairs
  writeFileSync(file, JSON.stringify({ a: 5, b: {}, c: used(4) }))
  expect(readKeptUsage(state)).toEqual(new Map([['c', used(4)]]))
  for (const damaged of ['', '5', '{"a":']) {
    writeFileSync(file, damaged)
    expect(readKeptUsage(state)).toEqual(new Map())
  }
  expect(() => keepUsage(join(state, 'nowhere'), new Map(), attempts, [used(0)], 100)).not.toThrow()
})
