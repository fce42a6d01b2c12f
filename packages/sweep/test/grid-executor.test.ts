import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { GridEngineOptions } from '../src/config/config.ts'
import type { Chunk, OpenAttempt } from '../src/executor/executor.ts'
import { gridExecutor } from '../src/node/gridengine/grid-executor.ts'
import { workspacePaths } from '../src/node/paths.ts'
import { WRAPPER } from '../src/node/wrapper.ts'

// The calls of Grid Engine's programs, and the meaning of each answer. The programs are stand-ins.

const NOW = 1_800_000_000
const OPTIONS: GridEngineOptions = {
  ...{ queue: null, time: null, mem: null, cpusPerTask: 1, gpusPerTask: 0, parallelEnvironment: null, project: null },
  ...{ maxConcurrent: null, lagSeconds: 60, maxQueued: null, extraArgs: [] },
}
// Prints the file `NAME.out`, or `NAME.out-ARGUMENT` for the last argument, and exits with the code in `NAME.code`.
const STAND_IN = `#!/bin/bash
name=\${0##*/} last=
for last; do :; done
(IFS=' '; echo "$name $*") >> "$FAKE/calls"
[ -e "$FAKE/$name.err" ] && echo "$(<"$FAKE/$name.err")" >&2
[ -e "$FAKE/$name.out" ] && echo "$(<"$FAKE/$name.out")"
[ -e "$FAKE/$name.out-$last" ] && { echo "$(<"$FAKE/$name.out-$last")"; exit 0; }
[ -e "$FAKE/$name.code" ] && exit "$(<"$FAKE/$name.code")"
exit 0
`
const PROGRAMS = ['qsub', 'qstat', 'qacct', 'qdel', 'qalter']

function setUp(options: Partial<GridEngineOptions> = {}, programs = PROGRAMS) {
  const root = mkdtempSync(join(tmpdir(), 'grid-'))
  const outer = process.env['PATH'] ?? ''
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const name of programs) writeFileSync(join(bin, name), STAND_IN)
  for (const name of programs) chmodSync(join(bin, name), 0o755)
  // Only these programs are on the PATH, because the machine may have the real ones.
  process.env['PATH'] = bin
  process.env['FAKE'] = root
  onTestFinished(() => {
    process.env['PATH'] = outer
    delete process.env['FAKE']
    rmSync(root, { recursive: true, force: true })
  })
  const paths = workspacePaths(root)
  const executor = gridExecutor({ paths, name: 't', options: { ...OPTIONS, ...options }, now: () => NOW })
  const says = (name: string, text: string): void => writeFileSync(join(root, name), text)
  const calls = (): readonly string[] => {
    const path = join(root, 'calls')
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
    rmSync(path, { force: true })
    return lines
  }
  const mark = (name: string, target: string): void => {
    mkdirSync(join(paths.marks, '0'), { recursive: true })
    symlinkSync(target, join(paths.marks, '0', name))
  }
  return { root, paths, executor, says, calls, mark }
}

const job = (number: number, name: string, state: string, tasks: string, node = '') =>
  `<job_list><JB_job_number>${number}</JB_job_number><JB_name>${name}</JB_name><state>${state}</state><queue_name>${node}</queue_name><tasks>${tasks}</tasks></job_list>`
const queueOf = (...jobs: readonly string[]) => `<job_info><queue_info>${jobs.join('')}</queue_info></job_info>`
const record = (number: number, name: string, task: number, more = 'failed 0\nexit_status 0') =>
  `${'='.repeat(20)}\nhostname n1\njobname ${name}\njobnumber ${number}\ntaskid ${task}\n${more}\n`

const open = (i: number, more: Partial<OpenAttempt> = {}): OpenAttempt => ({
  ...{ i, n: 1, sid: 'c0ffee000001', task: i, job: '7', at: NOW - 100, seen: null, r: 0, facts: {}, ...more },
})
const CHUNK: Chunk = {
  sid: 'c0ffee000001',
  attempts: [4, 9].map((i, task) => ({ i, n: 1, task, place: { gpus: '' }, env: { HYPERHERD_TRIAL_ID: String(i) } })),
  throttle: 2,
  slurm: null,
}
const NAME = 'hyperherd_t-c0ffee000001'

describe('a submission to Grid Engine', () => {
  test('is one job whose script contains each task, and removes requests to earlier attempts', async () => {
    const { root, paths, executor, says, calls } = setUp()
    mkdirSync(join(paths.results, '9'), { recursive: true })
    writeFileSync(join(paths.results, '9/_signal'), 'prune')
    says('qsub.out', '19.1-2:1')
    const script = join(paths.submissions, 'c0ffee000001.sh')
    expect(await executor.submit(CHUNK)).toEqual({ answered: true, value: { kind: 'sent', job: '19', script } })
    const args = `-terse -C  -N ${NAME} -t 1-2 -tc 2 -wd ${root} -S /bin/bash -o /dev/null -j y -r n -V`
    expect(calls()).toEqual([`qsub ${args} ${script}`])
    expect([4, 9].map((i) => existsSync(join(paths.results, `${i}`)))).toEqual([true, true])
    expect(existsSync(join(paths.results, '9/_signal'))).toBe(false)
    expect(existsSync(paths.logs)).toBe(true)
    const text = readFileSync(script, 'utf8')
    expect(text).toBe(`#!/bin/bash
# qsub ${args.replace('-C  ', "-C '' ")}
task=$((SGE_TASK_ID - 1))

# The same for every task.
export HYPERHERD_EXECUTOR=gridengine

# What each task runs.
case "$task" in
  0)
    export HYPERHERD_TRIAL_ID=4
    ;;
  1)
    export HYPERHERD_TRIAL_ID=9
    ;;
  *)
    echo "hotcb: this submission has no task $task" >&2
    exit 74
    ;;
esac

exec >> ${paths.logs}/"$HYPERHERD_TRIAL_ID".out 2>> ${paths.logs}/"$HYPERHERD_TRIAL_ID".err
# With \`-notify\`, Grid Engine sends USR2 shortly before it kills the task.
trap 'kill -TERM $$' USR2
${WRAPPER.trim()}
`)
    const { sid: _, ...shown } = CHUNK
    const tasks = shown.attempts.map((one) => ({ ...one, task: 5 }))
    expect(executor.script?.({ ...shown, attempts: tasks })).toBe(text.replace(NAME, 'hyperherd_t-SID'))
  })

  test.each([
    [1, 'Unable to run job: unknown resource "gpu"\nExiting.', { kind: 'refused', why: 'unknown resource "gpu"', isFull: false }], // biome-ignore format: a table
    [25, 'Unable to run job: only 3 jobs are allowed per user', { kind: 'refused', why: 'only 3 jobs are allowed per user', isFull: true }], // biome-ignore format: a table
    [1, 'error: commlib error: got read error', 'qsub: error: commlib error: got read error'],
    [1, 'a crash', 'qsub: a crash'],
    [9, '', 'qsub: exit code 9'],
    [0, '', 'qsub: exit code 0'],
  ] as const)('that exits with code %d and %j was refused, or its outcome is unknown', async (code, text, told) => {
    const { executor, says } = setUp()
    says('qsub.code', String(code))
    says('qsub.err', text)
    const expected = typeof told === 'string' ? { answered: false, why: told } : { answered: true, value: told }
    expect(await executor.submit(CHUNK)).toEqual(expected)
  })

  test('is refused if there is no qsub', async () => {
    const { executor } = setUp({}, [])
    const value = { kind: 'refused', why: '`qsub` is not installed here' }
    expect(await executor.submit(CHUNK)).toEqual({ answered: true, value })
  })

  test('has at most a thousand tasks, numbered from 0, and only as many as still fit into the queue', async () => {
    const all = { places: null, chunk: 1000, maxTask: -1, signSeconds: null }
    expect(await setUp().executor.limits([open(1)])).toEqual({ answered: true, value: all })
    const { executor } = setUp({ maxQueued: 2 })
    const rooms = [0, 1, 2, 3].map((count) => executor.limits(Array.from({ length: count }, (_, i) => open(i))))
    expect(await Promise.all(rooms)).toEqual([2, 1, 0, 0].map((room) => ({ answered: true, value: { ...all, room } })))
    expect([executor.name, executor.needsDriver]).toEqual(['gridengine', false])
  })
})

describe('the outcome of a submission whose answer was lost', () => {
  const lost = (digit: number, i: number, at = NOW - 91) => ({
    sid: `c0ffee00000${digit}`,
    at,
    attempts: [[i, 1]] as const,
  })
  const name = (digit: number) => `hyperherd_t-c0ffee00000${digit}`
  const sent = (number: number) => ({ kind: 'sent', job: String(number) })

  test('comes from the marks, the queue or the accounting; the submission is absent if its qsub cannot still be running', async () => {
    const { executor, says, calls, mark } = setUp()
    mark('1-1', 'gridengine:11_2:n1:1000')
    says('qstat.out', queueOf(job(12, name(2), 'qw', '1-2:1')))
    says(`qacct.out-${name(3)}`, record(13, name(3), 1))
    says('qacct.err', 'error: job name not found')
    says('qacct.code', '1')
    const all = [lost(1, 1), lost(2, 2), lost(3, 3), lost(4, 4), lost(5, 5, NOW - 90)]
    const found = await executor.find(all)
    expect(found.answered && [...found.value]).toEqual([
      ['c0ffee000001', sent(11)],
      ['c0ffee000002', sent(12)],
      ['c0ffee000003', sent(13)],
      ['c0ffee000004', { kind: 'absent' }],
    ])
    expect(calls()).toEqual(['qstat -xml -u *', ...[3, 4, 5].map((digit) => `qacct -j ${name(digit)}`)])
    const marked = await executor.find([lost(1, 1)])
    expect(marked.answered && [...marked.value]).toEqual([['c0ffee000001', sent(11)]])
    expect(calls()).toEqual([])
  })

  test('is unknown without the queue, and also without the accounting if the queue does not list it', async () => {
    const { executor, says, mark } = setUp()
    says('qstat.code', '1')
    says('qstat.err', 'error: commlib error')
    expect(await executor.find([lost(4, 4)])).toEqual({ answered: false, why: 'qstat: error: commlib error' })
    mark('1-1', 'gridengine:11_2:n1:1000')
    const one = await executor.find([lost(1, 1), lost(4, 4)])
    expect(one.answered && [...one.value]).toEqual([['c0ffee000001', sent(11)]])
    says('qstat.code', '0')
    says('qstat.out', queueOf(job(12, name(2), 'qw', '1-2:1')))
    says('qacct.code', '1')
    says('qacct.err', 'error: timeout')
    const two = await executor.find([lost(2, 2), lost(4, 4)])
    expect(two.answered && [...two.value]).toEqual([['c0ffee000002', sent(12)]])
    // If the accounting cannot be read at all, it does not delay the decision.
    says('qacct.err', 'error: /var/accounting: No such file or directory')
    const three = await executor.find([lost(4, 4)])
    expect(three.answered && [...three.value]).toEqual([['c0ffee000004', { kind: 'absent' }]])
  })
})

describe('ending tasks', () => {
  test('is requested by job and task number, counted from 1, for two hundred tasks at a time', async () => {
    const { executor, calls } = setUp()
    const none = open(0, { job: null })
    expect(await executor.cancel([open(3), none, open(5, { n: 2, task: 0, job: '8' })], false)).toEqual({
      answered: true,
      value: [[3, 1], [5, 2]], // biome-ignore format: pairs
    })
    expect(calls()).toEqual(['qdel 7.4 8.1'])
    await executor.cancel([open(3)], true)
    expect(calls()).toEqual(['qdel -f 7.4'])
    expect(await executor.cancel([none], true)).toEqual({ answered: true, value: [] })
    expect(calls()).toEqual([])
    const many = Array.from({ length: 201 }, (_, i) => open(i))
    const told = await executor.cancel(many, false)
    expect(told.answered && told.value).toEqual(many.map(({ i }) => [i, 1]))
    expect(calls().map((line) => line.split(' ').length)).toEqual([201, 2])
  })

  test.each([
    ['job-array task "7.4" has deleted', null],
    ['denied: job "7" does not exist', null],
    ['job 7 is already in deletion', null],
    ['x has registered the job 7 for deletion', null],
    ['denied: job "7" does not exist\n\ndenied: no manager\nand more', 'qdel: denied: no manager; and more'],
  ])('is requested or not if qdel answers with code 1 and %j', async (text, why) => {
    const { executor, says } = setUp()
    says('qdel.code', '1')
    for (const stream of ['qdel.err', 'qdel.out']) {
      for (const one of ['qdel.err', 'qdel.out']) says(one, one === stream ? text : '')
      const told = why === null ? { answered: true, value: [[3, 1]] } : { answered: false, why }
      expect(await executor.cancel([open(3)], false)).toEqual(told)
    }
  })

  test('has an unknown result without qdel, and counts tasks that were notified before', async () => {
    const { executor } = setUp({}, [])
    expect(await executor.cancel([open(3)], false)).toEqual({ answered: false, why: '`qdel` is not installed here' })
    const { executor: late, root } = setUp()
    // For the second call, there is no such program.
    const path = join(root, 'bin/qdel')
    writeFileSync(path, `#!/bin/bash\n/bin/rm "$0"\n`)
    const told = await late.cancel(
      Array.from({ length: 300 }, (_, i) => open(i)),
      false,
    )
    expect(told.answered && told.value.length).toBe(200)
  })

  test('the number of concurrent tasks is changed with qalter', async () => {
    const { executor, says, calls } = setUp()
    expect(await executor.throttle?.('7', 3)).toEqual({ answered: true, value: undefined })
    expect(calls()).toEqual(['qalter -tc 3 7'])
    says('qalter.code', '1')
    says('qalter.err', 'denied: no')
    expect(await executor.throttle?.('7', 3)).toEqual({ answered: false, why: 'qalter: denied: no' })
  })
})

describe('attempts on Grid Engine', () => {
  test('are observed in the queue, and the accounting is queried only for jobs that left it without a mark', async () => {
    const { executor, says, calls, mark } = setUp()
    mark('2-1', 'gridengine:7_3:n2:1799999900')
    mark('2-1.0=0', '1799999950')
    says('qstat.out', queueOf(job(7, NAME, 'r', '2', 'main.q@n1'), job(7, NAME, 'qw', '5-6:1')))
    says('qacct.out-8', record(8, NAME, 1, 'failed 0\nexit_status 3'))
    const attempts = [open(1), open(2), open(3, { task: 0, job: '8' }), open(4), open(6, { job: null }), open(0)]
    expect(await executor.observe(attempts)).toEqual({
      rows: [
        [1, 1, 0, 'running', { node: 'n1' }],
        [2, 1, 0, 'completed', { code: 0, begun: 1799999900, ended: 1799999950, last_log: '' }],
        [3, 1, 0, 'failed', { node: 'n1', reason: 'launch' }],
        [4, 1, 0, 'queued', {}],
        // The queue contains other tasks of the same job, so the answer is complete.
        [0, 1, 0, 'queued', { missing: NOW }],
      ],
      silent: [],
    })
    expect(calls()).toEqual(['qstat -xml -u *', 'qacct -j 8', 'qacct -j 7'])
  })

  test('that no program lists are not missing until the accounting has caught up', async () => {
    const { executor, says } = setUp()
    says('qstat.out', queueOf())
    says('qacct.code', '1')
    says('qacct.err', 'error: job id 7 not found')
    const seen = async (at: number) => (await executor.observe([open(1, { at })])).rows
    expect(await seen(NOW - 59)).toEqual([])
    expect(await seen(NOW - 60)).toEqual([[1, 1, 0, 'queued', { missing: NOW }]])
  })

  test('are not judged if programs do not answer, and that is reported', async () => {
    const { executor, says, calls, mark } = setUp()
    says('qstat.code', '1')
    mark('2-1', 'gridengine:7_3:n2:1799999900')
    expect(await executor.observe([open(1), open(2)])).toEqual({
      rows: [[2, 1, 0, 'running', { node: 'n2', begun: 1799999900 }]],
      silent: [{ source: 'qstat', why: 'qstat: exit code 1' }],
    })
    expect(calls()).toEqual(['qstat -xml -u *'])
    says('qstat.code', '0')
    says('qstat.out', queueOf().slice(0, -3))
    expect((await executor.observe([open(1)])).silent).toEqual([{ source: 'qstat', why: 'qstat: exit code 0' }])
    says('qstat.out', queueOf())
    says('qacct.code', '1')
    says('qacct.err', 'error: timeout')
    expect(await executor.observe([open(1)])).toEqual({ rows: [], silent: [{ source: 'qacct', why: 'qacct: error: timeout' }] }) // biome-ignore format: short
    says('qacct.err', 'Permission denied')
    expect(await executor.observe([open(1)])).toEqual({ rows: [[1, 1, 0, 'queued', { missing: NOW }]], silent: [] }) // biome-ignore format: short
    calls()
    expect(await executor.observe([open(1, { job: null })])).toEqual({ rows: [], silent: [] })
    expect(calls()).toEqual([])
  })
})
