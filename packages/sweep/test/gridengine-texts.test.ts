import { expect, test } from 'vitest'
import { readConfig } from '../src/config/read-config.ts'
import { gridArguments } from '../src/gridengine/arguments.ts'
import { readQacct, readQstat } from '../src/gridengine/rows.ts'
import { isFullGrid, readGridJob, readGridRefusal } from '../src/gridengine/submit-answer.ts'

const QSTAT = `<?xml version='1.0'?>
<job_info  xmlns:xsd="http://arc.liv.ac.uk/qstat.xsd">
  <queue_info>
    <job_list state="running">
      <JB_job_number>2</JB_job_number>
      <JB_name>hyperherd_t-c0ffee000002</JB_name>
      <state>t</state>
      <JAT_start_time>2026-11-28T23:44:49</JAT_start_time>
      <queue_name>main.q@n1</queue_name>
      <tasks>3</tasks>
    </job_list>
  </queue_info>
  <job_info>
    <job_list state="pending">
      <JB_job_number>5</JB_job_number>
      <JB_name>other</JB_name>
      <state>Eqw</state>
      <JB_submission_time>2026-11-28T23:44:44</JB_submission_time>
      <queue_name></queue_name>
    </job_list>
    <job_list state="pending">
      <JB_job_number>2</JB_job_number>
      <JB_name>hyperherd_t-c0ffee000002</JB_name>
      <state>qw</state>
      <JB_submission_time>2026-11-28T23:44:43</JB_submission_time>
      <queue_name></queue_name>
      <tasks>4-6:1,38-40:2</tasks>
    </job_list>
  </job_info>
</job_info>
`

test("the tasks in Grid Engine's queue are numbered from 0, and output that is cut off at any byte is no answer", () => {
  const rows = readQstat(QSTAT) ?? []
  expect(rows.map(({ id, state, reason, node }) => [id.job, id.tasks, state.state, reason, node])).toEqual([
    ['2', [2], 'running', '', 'n1'],
    ['5', null, 'queued', 'Eqw', ''],
    ['2', [3, 4, 5, 37, 39], 'queued', '', ''],
  ])
  expect(rows[0]?.begun).toBe(new Date(2026, 10, 28, 23, 44, 49).getTime() / 1000)
  const end = QSTAT.lastIndexOf('</job_info>') + '</job_info>'.length
  const first = QSTAT.indexOf('</job_info>') + '</job_info>'.length
  for (let cut = 0; cut < end; cut++) {
    const read = readQstat(QSTAT.slice(0, cut))
    // The inner element has the same name as the outer one: if it is cut off there, the text contains all jobs.
    if (cut >= first && QSTAT.slice(0, cut).trimEnd().endsWith('</job_info>')) expect(read).toHaveLength(3)
    else expect(read).toBeUndefined()
  }
})

const record = (fields: string): string => `${'='.repeat(62)}
hostname     n1
jobname      hyperherd_t-c0ffee000001
jobnumber    1
qsub_time    Sat Nov 28 23:44:25 2026
start_time   Sat Nov 28 23:44:27 2026
end_time     -/-
${fields}
ru_wallclock 2s
`

test.each([
  [
    'taskid       3\nfailed       0    \nexit_status  200                  (Unknown signal 72)',
    [2],
    'failed',
    undefined,
  ],
  ['taskid       1\nfailed       0    \nexit_status  0', [0], 'completed', undefined],
  [
    'taskid       1\nfailed       37  : qmaster enforced h_rt, h_cpu, or h_vmem limit\nexit_status  137',
    [0],
    'failed',
    'timeout',
  ],
  [
    'taskid       1\nfailed       100 : assumedly after job\nexit_status  137                  (Killed)',
    [0],
    'failed',
    'killed',
  ],
  ['taskid       undefined\nfailed       26  : opening input/output file\nexit_status  0', null, 'failed', 'launch'],
])("Grid Engine's accounting shows how a task ended: %j", (fields, tasks, state, reason) => {
  const [row, ...more] = readQacct(
    `${record(fields)}${record('')}`.replace(/jobnumber {4}1\nqsub_time.*\n.*\n.*\n\n/, ''),
  )
  expect(more).toEqual([])
  expect([row?.id.tasks, row?.state.state, row?.state.reason]).toEqual([tasks, state, reason])
  expect([row?.submitted, row?.ended]).toEqual([new Date(2026, 10, 28, 23, 44, 25).getTime() / 1000, null])
})

test('qsub accepted a job, refused it, or gave no answer', () => {
  expect(readGridJob('Warning: something\n19.1-3:1\n')).toBe('19')
  expect(readGridJob('19.1-3:1 has been')).toBeUndefined()
  expect(readGridRefusal(1, 'Unable to run job: unknown resource "gpu"\nExiting.\n')).toBe('unknown resource "gpu"')
  const full = readGridRefusal(
    25,
    'Unable to run job: job rejected: only 3 jobs are allowed per user (current job count: 4)\n',
  )
  expect(isFullGrid(full ?? '')).toBe(true)
  const lost =
    'error: commlib error: got select error (Connection refused)\nUnable to run job: unable to send message to qmaster using port 1 on host "localhost": got send error\nExiting.\n'
  expect(readGridRefusal(1, lost)).toBeNull()
  expect(readGridRefusal(null, '')).toBeNull()
  expect(readGridRefusal(139, '')).toBeNull()
})

const HEAD = 'name: t\ngrid: all\nlauncher: ./l\nparameters:\n  x: {type: discrete, values: [1]}\n'

test("the `gridengine` block is converted to qsub's arguments, and makes Grid Engine the executor", () => {
  const block =
    'gridengine: {queue: gpu.q, time: "04:00:00", mem: 8G, cpus_per_task: 4, parallel_environment: smp, gpus_per_task: 1, project: p, extra_args: ["-l mem_free=8G"]}\n'
  const reading = readConfig(HEAD + block)
  if (!reading.ok || reading.config.gridEngine === null) throw new Error(JSON.stringify(reading))
  expect(reading.config.executor).toBe('gridengine')
  const submission = { jobName: 'hyperherd_t-c0ffee000001', tasks: 3, throttle: 2, root: '/data/a b' }
  expect(gridArguments(reading.config.gridEngine, submission)).toEqual([
    ...['-terse', '-C', '', '-N', 'hyperherd_t-c0ffee000001', '-t', '1-3', '-tc', '2', '-wd', '/data/a b'],
    ...['-S', '/bin/bash', '-o', '/dev/null', '-j', 'y', '-r', 'n', '-V', '-q', 'gpu.q', '-P', 'p'],
    ...['-l', 'h_rt=04:00:00', '-l', 'h_vmem=8G', '-l', 'gpu=1', '-pe', 'smp', '4', '-l', 'mem_free=8G'],
  ])
})

test.each([
  ['executor: gridengine', 'executor: gridengine needs a `gridengine` block, which may be empty: {}'],
  [
    'gridengine: {cpus_per_task: 4}',
    'gridengine.cpus_per_task: 4 needs `parallel_environment: NAME`; run `qconf -spl` to list the available environments',
  ],
  ['gridengine: {time: 4h}', 'gridengine.time: "4h" is not a Grid Engine time; use a value such as 04:00:00'],
  ['gridengine: {mem: 8GB}', 'gridengine.mem: "8GB" is not a Grid Engine memory size; use a value such as 8G'],
  [
    'gridengine: {extra_args: ["-t 1-4"]}',
    'gridengine.extra_args[0]: "-t 1-4" is set by hotcb; remove it, and use the corresponding field instead',
  ],
  ['gridengine: {que: a}', 'gridengine.que: unknown field; did you mean `queue`?'],
])('%j is refused in one line', (block, told) => {
  const reading = readConfig(`${HEAD}${block}\n`)
  expect(reading.ok ? [] : reading.problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([told])
})
