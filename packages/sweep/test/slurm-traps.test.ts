import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createClock } from '../src/node/clock.ts'
import { loadConfig } from '../src/node/workspace.ts'
import { drive, inspectCluster, openWorkspace, readSweepStatus, runSweep, type Workspace } from '../src/node.ts'
import { type StandInCluster, startCluster } from './stand-in-cluster.ts'

interface Opened {
  readonly root: string
  readonly workspace: Workspace
  /** Moves the workspace's clock forward by a number of seconds. */
  wait(seconds: number): void
  write(name: string, text: string): void
  remove(name: string): void
  states(): Promise<readonly string[]>
  calls(program: string): readonly string[]
}

const clusters: { readonly cluster: StandInCluster; readonly workspace: Workspace }[] = []
afterEach(() => {
  for (const { cluster, workspace } of clusters.splice(0)) {
    workspace.close()
    cluster.remove()
  }
})

const BASE = 'name: t\ngrid: all\nlauncher: ./l.sh\n'
const X = 'parameters:\n  x: {type: discrete, values: [1, 2]}\n'

function open(config = `${BASE}slurm: {partition: p}\n${X}`, name = 'sweep'): Opened {
  const cluster = startCluster(name)
  const { root } = cluster
  const write = (file: string, text: string): void => writeFileSync(join(root, file), text)
  write('hyperherd.yaml', config)
  const clock = createClock()
  let later = 0
  const workspace = openWorkspace(root, { ...clock, now: () => clock.now() + later })
  const opened: Opened = {
    root,
    workspace,
    wait(seconds) {
      later = seconds
    },
    write,
    remove: (file) => rmSync(join(root, file)),
    async states() {
      const { trials } = await readSweepStatus(workspace)
      return trials.map(({ state, reason }) => (reason === null ? state : `${state} ${reason}`))
    },
    calls(program) {
      const lines = readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
      return lines.filter((line) => line.startsWith(`${program} `))
    },
  }
  clusters.push({ cluster, workspace })
  return opened
}

/** The mark that the wrapper of trial `i` writes when it starts. */
function begin({ root }: Opened, i: number): void {
  mkdirSync(join(root, '.hyperherd/marks/0'), { recursive: true })
  symlinkSync(`slurm:7000_${i}:n1:${Math.floor(Date.now() / 1000)}`, join(root, '.hyperherd/marks/0', `${i}-1`))
}

test('if SLURM reuses a job number, the rows of the new job do not affect the trials of the old one', async () => {
  const sweep = open()
  sweep.write('holds', '')
  await runSweep(sweep.workspace)
  begin(sweep, 0)
  expect(await sweep.states()).toEqual(['running', 'submitted'])
  const other = 'hyperherd_t-c0ffee000009'
  sweep.write('queue', `7000_0|PENDING|Resources||||${other}\n7000_1|RUNNING|None|||n1|${other}\n`)
  sweep.write(
    'accounts',
    `7000_0|COMPLETED|1000000000|1000000000|1000000009|None|n1|mine\n7000_1|FAILED||||None|n1|${other}\n`,
  )
  for (let looks = 0; looks < 3; looks++) expect(await sweep.states()).toEqual(['running', 'submitted'])
})

test('accounting that is a minute late does not end a trial too early, and still shows how it ended', async () => {
  const sweep = open()
  sweep.write('holds', '')
  await runSweep(sweep.workspace)
  begin(sweep, 0)
  begin(sweep, 1)
  sweep.write('queue', '7000_0|RUNNING|None||||\n7000_1|RUNNING|None||||\n')
  expect(await sweep.states()).toEqual(['running', 'running'])
  // Both trials have left the queue. The queue and the accounting answer, but neither lists them.
  sweep.write('queue', '')
  for (const seconds of [1, 30, 61]) {
    sweep.wait(seconds)
    expect(await sweep.states()).toEqual(['running', 'running'])
  }
  sweep.write('accounts', '7000_0|TIMEOUT||||None|n1|\n')
  expect(await sweep.states()).toEqual(['failed timeout', 'running'])
  // A trial that neither lists after twice the lag is lost.
  for (const seconds of [200, 400, 600]) {
    sweep.wait(seconds)
    await sweep.states()
  }
  expect(await sweep.states()).toEqual(['failed timeout', 'failed lost'])
})

test('without accounting, the marks show how trials ended, and no source counts as silent', async () => {
  const sweep = open()
  sweep.write('shown-config', 'MaxArraySize = 1001\nMinJobAge = 300 sec\nAccountingStorageType = (null)\n')
  sweep.write('unaccounted', '')
  sweep.write('l.sh', '#!/bin/bash\n[ "$HYPERHERD_TRIAL_ID" = 0 ]\n')
  await runSweep(sweep.workspace)
  expect(await sweep.states()).toEqual(['completed', 'failed exit'])
  expect((await readSweepStatus(sweep.workspace)).silent).toEqual([])
  // A trial without a mark that left the queue is lost after a while, because no accounting could report its end.
  sweep.write('holds', '')
  await runSweep(sweep.workspace)
  for (const seconds of [200, 400]) {
    sweep.wait(seconds)
    await sweep.states()
  }
  expect(await sweep.states()).toEqual(['completed', 'cancelled vanished'])
})

test('a workspace whose name contains spaces, quotes and percent signs runs its trials and finds their logs', async () => {
  const sweep = open(undefined, 'a b%j%%a \'c\' "d" $HOME')
  sweep.write('l.sh', '#!/bin/bash\necho "$HYPERHERD_TRIAL_ID $1" >> ran\necho "in $PWD"\n')
  const { submitted } = await runSweep(sweep.workspace)
  expect(readFileSync(join(sweep.root, 'ran'), 'utf8')).toBe('0 experiment_name=x-1 x=1\n1 experiment_name=x-2 x=2\n')
  expect(await sweep.states()).toEqual(['completed', 'completed'])
  const [script = ''] = submitted?.scripts ?? []
  const [, output = ''] = /^#SBATCH --output=(.*)$/m.exec(readFileSync(script, 'utf8')) ?? []
  // SLURM removes one layer of quotes, and replaces the text after a single percent sign.
  const named = output
    .slice(1, -1)
    .replaceAll(/\\(["\\])/g, '$1')
    .replaceAll('%%', '\0')
    .replace('%a', '0')
    .replaceAll('\0', '%')
  expect(named).toBe(join(sweep.root, '.hyperherd/logs/0.out'))
})

const SHARED = `${BASE}slurm: {partition: p, max_concurrent: 3}
conditions:
  - {when: {x: 3}, slurm: {mem: 9G}}
  - {when: {x: 4}, slurm: {mem: 9G}}
parameters:
  x: {type: discrete, values: [1, 2, 3, 4]}
`

test('arrays share `max_concurrent`: a later array gets the rest, and the driver passes on what becomes free', async () => {
  const sweep = open(SHARED)
  sweep.write('holds', '')
  const { submitted } = await runSweep(sweep.workspace)
  const limits = (submitted?.scripts ?? []).map((path) => /--array=(\S+)/.exec(readFileSync(path, 'utf8'))?.[1])
  expect(limits).toEqual(['0-1%3', '2-3%1'])
  const row = (task: string, state: string): string => `${task}|${state}|None|||n1|\n`
  sweep.write('queue', ['7000_0', '7000_1', '7001_2', '7001_3'].map((task) => row(task, 'RUNNING')).join(''))
  await drive(sweep.workspace, { once: true })
  expect(sweep.calls('scontrol').filter((line) => line.includes('update'))).toEqual([])
  sweep.write('queue', ['7000_0', '7001_2', '7001_3'].map((task) => row(task, 'RUNNING')).join(''))
  sweep.write('accounts', '7000_1|COMPLETED||||None|n1|\n')
  await drive(sweep.workspace, { once: true })
  expect(sweep.calls('scontrol').filter((line) => line.includes('update'))).toEqual([
    'scontrol update JobId=7001 ArrayTaskThrottle=2',
  ])
})

test('an edit that lowers `max_concurrent` shrinks the shares of running arrays before others grow', async () => {
  const sweep = open(SHARED)
  sweep.write('holds', '')
  await runSweep(sweep.workspace)
  const tasks = ['7000_0', '7000_1', '7001_2', '7001_3']
  sweep.write('queue', tasks.map((task) => `${task}|PENDING|Resources||||\n`).join(''))
  sweep.write('hyperherd.yaml', SHARED.replace('max_concurrent: 3', 'max_concurrent: 2'))
  await runSweep(sweep.workspace).catch(() => undefined)
  await drive(sweep.workspace, { once: true })
  const updates = sweep.calls('scontrol').filter((line) => line.includes('update'))
  const shrunk = ['scontrol update JobId=7000 ArrayTaskThrottle=1']
  expect(updates).toEqual(shrunk)
  // The limit of an array cannot be 0 tasks.
  sweep.write('hyperherd.yaml', SHARED.replace('max_concurrent: 3', 'max_concurrent: 1'))
  await runSweep(sweep.workspace).catch(() => undefined)
  await drive(sweep.workspace, { once: true })
  expect(sweep.calls('scontrol').filter((line) => line.includes('update'))).toEqual(shrunk)
})

test('with `ssh`, a sweep runs on a cluster whose programs exist only on the login node', async () => {
  const sweep = open(`${BASE}slurm: {partition: p, ssh: me@login1}\n${X}`)
  const there = join(sweep.root, 'bin')
  const here = join(sweep.root, 'here')
  mkdirSync(here)
  const ssh = `for command; do :; done
echo "ssh $*" >> '${sweep.root}/calls'
cd / && PATH='${there}':$PATH exec bash -c "$command"`
  writeFileSync(join(here, 'ssh'), `#!/bin/bash\n${ssh}\n`, { mode: 0o755 })
  const outer = process.env['PATH'] ?? ''
  process.env['PATH'] = `${here}:${outer.replace(`${there}:`, '')}`
  try {
    sweep.write('.env', 'TOKEN="a b"\n')
    const { submitted } = await runSweep(sweep.workspace)
    expect(submitted?.jobs).toEqual(['7000'])
    expect(await sweep.states()).toEqual(['completed', 'completed'])
    expect(sweep.calls('ssh').every((line) => line.includes('BatchMode=yes') && line.includes(' me@login1 '))).toBe(
      true,
    )
    expect(sweep.calls('ssh').find((line) => line.includes("'sbatch'"))).toContain("'TOKEN=a b'")
  } finally {
    process.env['PATH'] = outer
  }
})

const CONFIG =
  'SLURM_VERSION = 22.05.8\nMinJobAge = 300 sec\nAccountingStorageType = accounting_storage/slurmdbd\nAccountingStorageEnforce = associations,limits\nJobRequeue = 1\n'
const PARTITION = 'PartitionName=p MaxTime=1-00:00:00 State=UP TotalCPUs=64\n'

async function findings(sweep: Opened): Promise<Readonly<Record<string, string>>> {
  const all = await inspectCluster(sweep.root, loadConfig(sweep.workspace.paths).config)
  return Object.fromEntries(all.map(({ name, state, says }) => [name, `${state}: ${says}`]))
}

test('the doctor reports what will not work on a cluster, with the value and the limit', async () => {
  const config = `${BASE}slurm: {partition: p, time: "2-00:00:00", account: nosuch, max_queued: 500}\n${X}`
  const sweep = open(config)
  sweep.write('shown-config', CONFIG)
  sweep.write('shown-partition', PARTITION)
  sweep.write('shown-nodes', 'NodeName=n1 NodeHostName=far1\nNodeName=n2 NodeHostName=far2\n')
  writeFileSync(join(sweep.root, 'bin/sacctmgr'), '#!/bin/bash\necho "trials|normal|200"\n', { mode: 0o755 })
  expect(await findings(sweep)).toMatchObject({
    controller: 'ok: SLURM 22.05.8 is responding',
    partition: 'problem: `p` allows 1-00:00:00, but `time` is 2-00:00:00, so the tasks would wait forever',
    accounting: 'ok: sacct is responding',
    account: expect.stringMatching(/^problem: \S+ may not use the account `nosuch`$/),
    'shared files': expect.stringMatching(
      /^problem: .* is on a local disk of this machine, but the trials run on 2 other hosts$/,
    ),
  })
  sweep.write('hyperherd.yaml', config.replace('account: nosuch, ', '').replace('2-00:00:00', '04:00:00'))
  sweep.write('unaccounted', '')
  expect(await findings(sweep)).toMatchObject({
    partition: 'ok: `p` is up: 64 CPUs, time limit 1-00:00:00',
    accounting: 'note: sacct: Slurm accounting storage is disabled',
    account: 'note: `trials` may have 200 jobs in the queue',
  })
})
