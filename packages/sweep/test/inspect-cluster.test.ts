import { hostname, tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import type { SlurmOptions, SweepConfig } from '../src/config/config.ts'
import { readConfig } from '../src/config/read-config.ts'
import { type ClusterFinding, inspectCluster } from '../src/node/slurm/inspect-cluster.ts'
import { type AnsweringPrograms, answeringPrograms } from './answering-programs.ts'

const YAML = 'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [1, 2]}\n'
const ROOT = tmpdir()

function configWith(more: Partial<SlurmOptions> = {}): SweepConfig {
  const reading = readConfig(`${YAML}slurm: {partition: p, time: "04:00:00"}\n`)
  if (!reading.ok || reading.config.slurm === null) throw new Error('the config has problems')
  return { ...reading.config, slurm: { ...reading.config.slurm, ...more } }
}

const SETTINGS = `OLDSLURM_VERSION = 1
AccountingStorageType   = accounting_storage/slurmdbd
AccountingStorageEnforce = none
MinJobAge               = 300 sec
JobRequeue              = 1
SLURM_VERSION           = 22.05.8
`
const ASSOCIATIONS = 'sacctmgr -n -P show assoc where user=ann format=account,qos,maxsubmit'
const CONTROLLER: ClusterFinding = { name: 'controller', state: 'ok', says: 'SLURM 22.05.8 is responding' }
const PARTITION = { name: 'partition', state: 'ok', says: '`p` is up: 64 CPUs, time limit 1-00:00:00' } as const
const ACCOUNTING = { name: 'accounting', state: 'ok', says: 'sacct is responding' } as const
const FILES = { name: 'shared files', state: 'ok', says: 'the nodes can see the workspace' } as const
const REQUEUE = {
  name: 'requeue',
  state: 'ok',
  says: 'SLURM restarts a task after a preemption or a node failure',
} as const

/** A cluster without problems. */
function goodCluster(): AnsweringPrograms {
  const programs = answeringPrograms('scontrol', 'sacct', 'sacctmgr', 'id')
  const { answer } = programs
  answer('scontrol show config', SETTINGS)
  answer('scontrol show partition p -o', 'PartitionName=p MaxTime=1-00:00:00 State=UP TotalCPUs=64\n')
  answer('scontrol show nodes -o', `NodeName=n1 NodeHostName=${hostname().split('.')[0]}\n`)
  answer('sacct -n -X -S now --format=JobID', '')
  answer('id -un', 'ann\n')
  answer(ASSOCIATIONS, 'default|normal|\ntrials|normal,long|200\n')
  return programs
}

async function findingOf(name: string, config: SweepConfig): Promise<ClusterFinding | undefined> {
  return (await inspectCluster(ROOT, config)).find((one) => one.name === name)
}

test('a config without SLURM has no findings and runs no program', async () => {
  const { calls } = goodCluster()
  expect(await inspectCluster(ROOT, { ...configWith(), slurm: null })).toEqual([])
  expect(calls()).toEqual([])
})

test('a cluster without problems has one finding per topic, and accounts are not queried if they are not required', async () => {
  const { calls } = goodCluster()
  expect(await inspectCluster(ROOT, configWith())).toEqual([CONTROLLER, PARTITION, ACCOUNTING, FILES, REQUEUE])
  expect(calls()).toEqual([
    'scontrol show config',
    'scontrol show partition p -o',
    'sacct -n -X -S now --format=JobID',
    'scontrol show nodes -o',
  ])
})

test('if the controller does not answer, that is the only finding', async () => {
  goodCluster().answer('scontrol show config', '!slurm_load_ctl_conf error: no route\n')
  expect(await inspectCluster(ROOT, configWith())).toEqual([
    {
      name: 'controller',
      state: 'problem',
      says: 'scontrol: slurm_load_ctl_conf error: no route',
      remedy: 'running trials continue; run `scontrol ping` to see whether the controller is back',
    },
  ])
})

test('the partition must exist, be up, and allow the time limit in the config', async () => {
  const { answer } = goodCluster()
  const shown = async (text: string, time = '04:00:00') => {
    answer('scontrol show partition p -o', text)
    return findingOf('partition', configWith({ time }))
  }
  const tooLong = (time: string) => ({
    name: 'partition',
    state: 'problem',
    says: `\`p\` allows 1-00:00:00, but \`time\` is ${time}, so the tasks would wait forever`,
    remedy: 'lower `slurm: {time}` or choose a different partition',
  })
  const limited = 'PartitionName=p MaxTime=1-00:00:00 State=UP TotalCPUs=64'
  expect(await shown(limited, '1-00:00:00')).toEqual(PARTITION)
  expect(await shown(limited, '1-00:00:01')).toEqual(tooLong('1-00:00:01'))
  expect(await shown(limited, 'UNLIMITED')).toEqual(tooLong('UNLIMITED'))
  const says = '`p` is up: 8 CPUs, time limit UNLIMITED'
  expect(await shown('MaxTime=UNLIMITED State=UP TotalCPUs=8', '9-00:00:00')).toEqual({ ...PARTITION, says })
  expect(await shown('PartitionName=p')).toEqual({ ...PARTITION, says: '`p` is up: ? CPUs, time limit ?' })
  expect(await shown(limited.replace('UP', 'DOWN'))).toEqual({
    name: 'partition',
    state: 'note',
    says: '`p` is DOWN',
    remedy: 'tasks will wait until it is up',
  })
  expect(await shown('!Partition p not found')).toEqual({
    name: 'partition',
    state: 'problem',
    says: 'there is no partition `p`',
    remedy: 'run `sinfo -s` to list the partitions',
  })
})

test('missing accounting, or accounting that does not answer, is a note', async () => {
  const { answer } = goodCluster()
  answer('sacct -n -X -S now --format=JobID', '!sacct: error: connection refused\n')
  expect(await findingOf('accounting', configWith())).toEqual({
    name: 'accounting',
    state: 'note',
    says: 'sacct: sacct: error: connection refused',
    remedy: 'until sacct responds, states come from the queue and the marks',
  })
  for (const none of ['accounting_storage/none', '(null)']) {
    answer('scontrol show config', SETTINGS.replace('accounting_storage/slurmdbd', none))
    expect(await findingOf('accounting', configWith())).toEqual({
      name: 'accounting',
      state: 'note',
      says: 'there is no accounting, so SLURM forgets finished jobs after 300 sec',
      remedy: 'keep a driver running; `herd stats` will not show memory and time',
    })
  }
})

test('an account is checked if SLURM enforces accounts, with its qos and its limit on jobs', async () => {
  const { answer, calls } = goodCluster()
  const account = (more: Partial<SlurmOptions>) => findingOf('account', configWith(more))
  const enforce = (what: string) =>
    answer('scontrol show config', SETTINGS.replace('Enforce = none', `Enforce = ${what}`))
  for (const what of ['associations', 'limits', 'qos,safe']) {
    enforce(what)
    expect(await account({})).toEqual({ name: 'account', state: 'ok', says: '`default`' })
  }
  expect(calls()).toEqual(expect.arrayContaining(['id -un', ASSOCIATIONS]))
  const trials = { account: 'trials', maxQueued: 200 }
  expect(await account({ ...trials, qos: 'long' })).toEqual({ name: 'account', state: 'ok', says: '`trials`' })
  expect(await account({ ...trials, qos: 'short' })).toEqual({
    name: 'account',
    state: 'problem',
    says: 'the account `trials` may not use the qos `short`',
    remedy: 'set `slurm: {qos}` to one of normal,long',
  })
  for (const maxQueued of [201, null]) {
    expect(await account({ ...trials, maxQueued })).toEqual({
      name: 'account',
      state: 'note',
      says: '`trials` may have 200 jobs in the queue',
      remedy: 'set `slurm: {max_queued: 200}` so that a driver submits the rest later',
    })
  }
  expect(await account({ account: 'other' })).toEqual({
    name: 'account',
    state: 'problem',
    says: 'ann may not use the account `other`',
    remedy: 'set `slurm: {account}` to one of default, trials',
  })
  answer(ASSOCIATIONS, '\n')
  expect(await account({})).toEqual({
    name: 'account',
    state: 'problem',
    says: 'ann may not use the account `(default)`',
    remedy: 'ask the cluster administrators for an account',
  })
  answer(ASSOCIATIONS, '!sacctmgr: error')
  expect(await account({})).toBeUndefined()
})

test('a workspace on a local disk is a problem if the nodes are other machines', async () => {
  const { answer } = goodCluster()
  answer('scontrol show nodes -o', 'NodeName=n1 NodeHostName=far1\nNodeName=n2 NodeHostName=far2\n')
  expect(await findingOf('shared files', configWith())).toEqual({
    name: 'shared files',
    state: 'problem',
    says: `\`${ROOT}\` is on a local disk of this machine, but the trials run on 2 other hosts`,
    remedy: 'move the workspace to a file system that all nodes mount',
  })
})

test('the finding about restarts after a preemption follows the config or, without it, the cluster', async () => {
  const { answer } = goodCluster()
  const ends = {
    ...REQUEUE,
    says: 'a task ends if it is preempted or its node fails; with `retries`, a driver restarts it',
  }
  expect(await findingOf('requeue', configWith({ requeue: false }))).toEqual(ends)
  answer('scontrol show config', SETTINGS.replace('JobRequeue              = 1', 'JobRequeue = 0'))
  expect(await findingOf('requeue', configWith({ requeue: null }))).toEqual(ends)
  expect(await findingOf('requeue', configWith({ requeue: true }))).toEqual(REQUEUE)
})
