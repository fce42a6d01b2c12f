import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../src/node/workspace.ts'
import { drive, inspectCluster, submitDriverJob } from '../src/node.ts'
import { buildProgram } from './built-program.ts'
import { type ClusterSweep, configText, openClusterSweep, slurm, tasksOf, until } from './cluster-sweep.ts'
import { steeringTests } from './steering.ts'

const opened: ClusterSweep[] = []
const programs: string[] = []
afterAll(() => {
  for (const sweep of opened) sweep.close()
  for (const program of programs) rmSync(dirname(program), { recursive: true, force: true })
})

function open(...given: Parameters<typeof openClusterSweep>): ClusterSweep {
  const sweep = openClusterSweep(...given)
  opened.push(sweep)
  return sweep
}

/** The states at the second look after the controller shows something. */
async function secondLook(sweep: ClusterSweep, job: string, ...shown: readonly RegExp[]): Promise<readonly string[]> {
  await until(`the controller shows ${shown.join(' ')}`, () => {
    const tasks = tasksOf(job)
    return shown.every((one) => tasks.some((task) => one.test(task)))
  })
  await sweep.look()
  return sweep.states()
}

describe.concurrent('a sweep on a real SLURM', () => {
  steeringTests()

  test('runs 12 trials to their end, each once', async () => {
    const values = Array.from({ length: 12 }, (_, at) => at)
    const sweep = open({ values, launcher: 'echo "x is $X"' })
    await sweep.run()
    await until('all trials are completed', async () => (await sweep.states()).every((one) => one === 'completed'))
    expect([...sweep.ran()].sort()).toEqual(values.map((i) => `${i}-1`).sort())
    expect((await sweep.look()).map(({ lastLogLine }) => lastLogLine)).toEqual(values.map((x) => `x is ${x}`))
  })

  test('shows the exit code and signal class of trials that fail', async () => {
    const launcher = 'case $X in code) exit 3;; high) exit 255;; signal) kill -SEGV $$;; none) exec /no/such;; esac'
    const sweep = open({ values: ['code', 'high', 'signal', 'none'], launcher })
    const job = await sweep.run()
    const states = await secondLook(sweep, job, /0 FAILED/, /1 FAILED/, /2 FAILED/, /3 FAILED/)
    expect(states).toEqual(['failed exit', 'failed exit', 'failed signal', 'failed launch'])
  })

  test('shows a trial that reached its time limit as timeout, although it caught the signal and ended with 0', async () => {
    const launcher = 'trap "exit 0" TERM; sleep 300 & wait'
    const sweep = open({ values: [1], launcher, slurm: 'time: "00:01:00"' })
    const job = await sweep.run()
    expect(await secondLook(sweep, job, /0 TIMEOUT/)).toEqual(['failed timeout'])
  })

  test('shows a trial that used too much memory as oom', async () => {
    const launcher = `python3 -c 'import time; text = "x" * 300_000_000; time.sleep(5)'`
    const sweep = open({ values: [1], launcher })
    const job = await sweep.run()
    expect(await secondLook(sweep, job, /0 (OUT_OF_MEMORY|FAILED)/)).toEqual(['failed oom'])
  })

  test('shows why a trial waits, and who holds it', async () => {
    const sweep = open({ values: [1, 2, 3], launcher: '', slurm: 'time: "00:30:00", partition: short' })
    const job = await sweep.run()
    const impossible = expect.stringMatching(/^queued Partition(Config|TimeLimit)$/)
    expect(await secondLook(sweep, job, /2 PENDING/)).toEqual(Array(3).fill(impossible))
    slurm('scontrol', 'hold', `${job}_1`)
    await sweep.look()
    const held = expect.stringMatching(/^queued JobHeld(Admin|User)$/)
    expect(await sweep.states()).toEqual([impossible, held, impossible])
  })

  test('shows a request that no node can meet as waiting forever', async () => {
    const sweep = open({ values: [1], launcher: '', slurm: 'cpus_per_task: 64' })
    await sweep.run().catch(() => undefined)
    const [first] = await sweep.look()
    expect(first?.state === 'waiting' || first?.reason === 'PartitionConfig').toBe(true)
  })

  test('shows tasks that were cancelled outside of herd, running and waiting ones', async () => {
    const sweep = open({ values: [1, 2, 3], launcher: 'sleep 60', slurm: 'max_concurrent: 1' })
    const job = await sweep.run()
    await until('the first trial runs', async () => (await sweep.states())[0] === 'running')
    slurm('scancel', `${job}_1`)
    await until('the queue no longer has the second one', async () => {
      await sweep.look()
      return (await sweep.states())[1] !== 'queued JobArrayTaskLimit'
    })
    expect(await sweep.states()).toEqual(['running', 'cancelled vanished', 'queued JobArrayTaskLimit'])
    slurm('scancel', `${job}_0`)
    expect((await secondLook(sweep, job, /0 CANCELLED/))[0]).toBe('cancelled outside')
    slurm('scancel', job)
    expect((await secondLook(sweep, job, /2 CANCELLED/))[2]).toBe('cancelled outside')
  })

  test('runs a requeued trial again as the same attempt, and ends with its second result', async () => {
    const launcher = '[ -e second ] && exit 0; touch second; sleep 60'
    const sweep = open({ values: [1], launcher })
    const job = await sweep.run()
    await until('the trial runs', async () => (await sweep.states())[0] === 'running' && sweep.ran().length === 1)
    slurm('scontrol', 'requeue', `${job}_0`)
    expect(await secondLook(sweep, job, /0 PENDING/)).toEqual(['queued requeued, BeginTime'])
    await until('the trial is completed', async () => (await sweep.states())[0] === 'completed')
    expect(sweep.ran()).toEqual(['0-1', '0-1'])
  })

  test('shows a preempted trial as queued again, or as failed where its job is not queued again', async () => {
    const launcher = '[ -e second-$X ] && exit 0; touch second-$X; sleep 60'
    const again = open({ values: [1], launcher, slurm: 'partition: low' })
    const first = await again.run()
    await until('the trial runs', async () => (await again.states())[0] === 'running')
    slurm('sbatch', '--partition=high', '--mem=50M', '--output=/dev/null', '--wrap=sleep 1')
    expect(await secondLook(again, first, /0 PENDING/)).toEqual([expect.stringContaining('queued preempted')])
    await until('the trial is completed', async () => (await again.states())[0] === 'completed')
    const once = open({ values: [1], launcher, slurm: 'partition: spot' })
    const second = await once.run()
    await until('the trial runs', async () => (await once.states())[0] === 'running')
    slurm('sbatch', '--partition=high', '--mem=50M', '--output=/dev/null', '--wrap=sleep 1')
    expect(await secondLook(once, second, /0 PREEMPTED/)).toEqual(['failed preempted'])
  })

  test('shows a trial whose node went down, and one that SLURM queued again for that', async () => {
    // Processes of a lost node end without a word, the wrapper first.
    const launcher = '[ -e dead ] && exit 0; until [ -e dead ]; do sleep 0.1; done; kill -9 $PPID; kill -9 $$'
    const once = open({ values: [1], launcher, slurm: 'partition: frail, requeue: false' })
    const again = open({ values: [1], launcher, slurm: 'partition: frail, requeue: true' })
    const [first, second] = [await once.run(), await again.run()]
    await until('both trials run', async () => once.ran().length + again.ran().length === 2)
    expect([await once.states(), await again.states()]).toEqual([['running'], ['running']])
    slurm('scontrol', 'update', 'NodeName=frail', 'State=DOWN', 'Reason=test')
    for (const sweep of [once, again]) sweep.write('dead', '')
    expect(await secondLook(once, first, /0 NODE_FAIL/)).toEqual(['failed node_fail'])
    // A node whose daemon still runs may have come back by itself, on a busy machine between two looks.
    await until('the controller has queued it again', () => tasksOf(second).some((task) => /0 PENDING/.test(task)))
    const looks = [await again.states(), await again.states()]
    expect(looks).toContainEqual([expect.stringContaining('queued node_fail')])
    spawnSync('scontrol', ['update', 'NodeName=frail', 'State=RESUME'])
    await until('the trial is completed', async () => (await again.states())[0] === 'completed')
    expect(again.ran()).toEqual(['0-1', '0-1'])
  })

  test('asks a trial to save before its time limit, and continues it in the same job', async () => {
    const launcher = `trap 'touch saved; kill $!; exit 9' USR1; [ -e saved ] && exit 0; sleep 300 & wait`
    const more = 'retries: {timeout: 1}\n'
    const slurmText = 'time: "00:01:00", signal_before: 50, on_limit: requeue'
    const sweep = open({ values: [1], launcher, slurm: slurmText, more })
    await sweep.run()
    await until('the trial is completed', async () => (await sweep.states())[0] === 'completed')
    expect(sweep.ran()).toEqual(['0-1', '0-1'])
  })

  test('gives trials the resources that a condition sets, in their own job', async () => {
    const more = 'conditions:\n  - {when: {x: 2}, slurm: {mem: 80M, cpus_per_task: 2, partition: short}}\n'
    const sweep = open({
      values: [1, 2, 3],
      launcher: 'echo "$SLURM_CPUS_PER_TASK $SLURM_JOB_PARTITION $OMP_NUM_THREADS"',
      more,
    })
    await sweep.run()
    await until('all trials are completed', async () => (await sweep.states()).every((one) => one === 'completed'))
    expect((await sweep.look()).map(({ lastLogLine }) => lastLogLine)).toEqual(['1 main 1', '2 short 2', '1 main 1'])
  })

  test('arrays with different resources never run more trials together than max_concurrent', async () => {
    const more = 'conditions:\n  - {when: {x: 3}, slurm: {mem: 60M}}\n  - {when: {x: 4}, slurm: {mem: 60M}}\n'
    const launcher = 'echo begin >> at-a-time; sleep 1; echo end >> at-a-time'
    const sweep = open({ values: [1, 2, 3, 4, 5], launcher, slurm: 'max_concurrent: 2', more })
    await sweep.run()
    await until('all trials are completed', async () => {
      await drive(sweep.workspace, { once: true })
      return (await sweep.states()).every((one) => one === 'completed')
    })
    let [now, most] = [0, 0]
    for (const line of readFileSync(join(sweep.root, 'at-a-time'), 'utf8').trim().split('\n')) {
      now += line === 'begin' ? 1 : -1
      most = Math.max(most, now)
    }
    expect(most).toBe(2)
    expect(sweep.ran()).toHaveLength(5)
  })

  test('runs in a directory whose name has blanks, quotes and percent signs, and through ssh to a login node', async () => {
    const sweep = open({ values: [1, 2], launcher: 'pwd; echo "x is $X"', slurm: 'ssh: login1' }, `a b%j%%a 'c' "d"`)
    const bin = join(sweep.root, 'bin')
    mkdirSync(bin)
    // The last word is the command; it starts in another directory, without the environment of this process.
    const ssh = `for command; do :; done\ncd / && exec env -i PATH="$PATH" SLURM_CONF="$SLURM_CONF" sh -c "$command"`
    writeFileSync(join(bin, 'ssh'), `#!/bin/bash\necho >> "$(dirname "$0")/calls"\n${ssh}\n`, { mode: 0o755 })
    const path = process.env['PATH'] ?? ''
    process.env['PATH'] = `${bin}:${path}`
    try {
      await sweep.run()
      await until('both are completed', async () => (await sweep.states()).every((one) => one === 'completed'))
      expect((await sweep.look()).map(({ lastLogLine }) => lastLogLine)).toEqual(['x is 1', 'x is 2'])
      expect(readFileSync(join(sweep.workspace.paths.logs, '0.out'), 'utf8')).toContain(sweep.root)
      expect(readFileSync(join(bin, 'calls'), 'utf8').length).toBeGreaterThan(2)
    } finally {
      process.env['PATH'] = path
    }
  })

  test('the doctor knows the partitions and limits of the cluster', async () => {
    const sweep = open({ values: [1], launcher: '', slurm: 'time: "00:30:00", partition: short' })
    const findings = async (): Promise<Readonly<Record<string, string>>> => {
      const all = await inspectCluster(sweep.root, loadConfig(sweep.workspace.paths).config)
      return Object.fromEntries(all.map(({ name, state, says }) => [name, `${state}: ${says}`]))
    }
    expect(await findings()).toMatchObject({
      controller: expect.stringMatching(/^ok: SLURM \d/),
      partition: expect.stringMatching(/^problem: `short` allows [\d:-]+, but `time` is 00:30:00/),
      accounting: 'ok: sacct is responding',
      'shared files': 'ok: the nodes can see the workspace',
    })
    sweep.write('hyperherd.yaml', configText({ values: [1], slurm: 'partition: nosuch' }))
    expect((await findings())['partition']).toBe('problem: there is no partition `nosuch`')
  })

  test('SLURM starts the trials of native stages after those that they continue, and none without its parent', async () => {
    const more = `stages:
  first:
  second: {after: first, take: each, native: true}
  third: {after: second, take: all, native: true}
`
    const launcher = `[ -z "$HYPERHERD_PARENT_ID" ] || [ -e ended-$HYPERHERD_PARENT_ID ] || echo early >> ran
[ $HYPERHERD_TRIAL_ID = 0 ] && { until [ -e go ]; do sleep 0.1; done; }
[ $HYPERHERD_TRIAL_ID = 1 ] && exit 3
touch ended-$HYPERHERD_TRIAL_ID`
    const sweep = open({ values: [1, 2, 3], launcher, more })
    await sweep.run()
    // The child of trial 2 does not wait for trial 0.
    await until('the fast ones have ended', async () => {
      const states = await sweep.states()
      return states[5] === 'completed' && states[4]?.startsWith('failed') === true
    })
    const waits = await sweep.states()
    expect([waits[0], waits[1], waits[4]]).toEqual(['running', 'failed exit', 'failed parent'])
    expect([waits[3], waits[6], waits[8]]).toEqual(Array(3).fill('queued Dependency'))
    sweep.write('go', '')
    await until('the last ones have ended', async () =>
      (await sweep.states()).every((one) => /^(completed|failed)/.test(one)),
    )
    const children = ['completed', 'failed parent', 'completed']
    expect(await sweep.states()).toEqual(['completed', 'failed exit', 'completed', ...children, ...children])
    expect([...sweep.ran()].sort()).toEqual(['0-1', '1-1', '2-1', '3-1', '5-1', '6-1', '8-1'])
  })

  test('a driver that is a job submits its successor before its time limit, and none when the sweep is done', async () => {
    const sweep = open({ values: [1], launcher: 'until [ -e go ]; do sleep 0.1; done' })
    await sweep.run()
    const program = buildProgram()
    programs.push(program)
    const words = [process.execPath, program, sweep.root, 'drive']
    const first = await submitDriverJob(sweep.workspace, words, { time: '00:02:00' })
    const drivers = (): readonly string[] =>
      slurm('squeue', '-h', '-t', 'all', '-n', 'hyperherd_t-driver', '-o', '%i %T').trim().split('\n')
    await until('a successor drives', () =>
      drivers().some((line) => !line.startsWith(first) && line.endsWith('RUNNING')),
    )
    sweep.write('go', '')
    await until('no driver is left', () => !drivers().some((line) => /RUNNING|PENDING|COMPLETING/.test(line)))
    expect(await sweep.states()).toEqual(['completed'])
    expect(existsSync(sweep.workspace.paths.driver)).toBe(false)
  })
})
