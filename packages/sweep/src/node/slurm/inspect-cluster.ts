import { hostname } from 'node:os'
import { fileSystemKind } from '@hotcb/journal'
import type { SlurmOptions, SweepConfig } from '../../config/config.ts'
import { limitSeconds, readShown } from '../../slurm/show.ts'
import { type CallProgram, programCaller, silence } from '../cluster/call-program.ts'

/** A finding of a check of the cluster. */
export interface ClusterFinding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly says: string
  /** Present with a note or a problem. */
  readonly remedy?: string
}

const ASK_MS = 20_000

/** Checks whether a cluster can run a sweep. Submits and changes nothing. */
export async function inspectCluster(root: string, { slurm }: SweepConfig): Promise<readonly ClusterFinding[]> {
  if (slurm === null) return []
  const call = programCaller(slurm.ssh)
  const config = await call('scontrol', ['show', 'config'], { timeoutMs: ASK_MS })
  if (config.code !== 0) {
    const remedy = 'trials that run continue; `scontrol ping` shows when the controller is back'
    return [{ name: 'controller', state: 'problem', says: silence('scontrol', config), remedy }]
  }
  const setting = (name: string): string => new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(config.stdout)?.[1] ?? ''
  return [
    { name: 'controller', state: 'ok', says: `SLURM ${setting('SLURM_VERSION')} answers` },
    ...(await checkPartition(call, slurm)),
    await checkAccounting(call, setting),
    ...(await checkAccount(call, slurm, setting('AccountingStorageEnforce'))),
    await checkFiles(call, root),
    checkRequeue(slurm, setting('JobRequeue')),
  ]
}

async function checkPartition(call: CallProgram, slurm: SlurmOptions): Promise<readonly ClusterFinding[]> {
  const { partition, time } = slurm
  const shown = await call('scontrol', ['show', 'partition', partition, '-o'], { timeoutMs: ASK_MS })
  if (shown.code !== 0) {
    const remedy = '`sinfo -s` lists the partitions'
    return [{ name: 'partition', state: 'problem', says: `there is no partition \`${partition}\``, remedy }]
  }
  const fields = readShown(shown.stdout)
  const [asked, most] = [limitSeconds(time), limitSeconds(fields.get('MaxTime') ?? '')]
  if (most !== null && (asked === null || asked > most)) {
    const says = `\`${partition}\` allows ${fields.get('MaxTime')}, and \`time\` is ${time}: such a task waits forever`
    const remedy = 'lower `slurm: {time}`, or choose another partition'
    return [{ name: 'partition', state: 'problem', says, remedy }]
  }
  const state = fields.get('State') ?? 'UP'
  if (state !== 'UP') {
    const remedy = 'tasks wait until it is up'
    return [{ name: 'partition', state: 'note', says: `\`${partition}\` is ${state}`, remedy }]
  }
  const says = `\`${partition}\` is up: ${fields.get('TotalCPUs') ?? '?'} CPUs, time limit ${fields.get('MaxTime') ?? '?'}`
  return [{ name: 'partition', state: 'ok', says }]
}

async function checkAccounting(call: CallProgram, setting: (name: string) => string): Promise<ClusterFinding> {
  const name = 'accounting'
  if (/none|null/.test(setting('AccountingStorageType'))) {
    const says = `there is none: SLURM forgets ended jobs after ${setting('MinJobAge')}`
    return { name, state: 'note', says, remedy: 'keep a driver running; memory and time in `herd stats` stay empty' }
  }
  const said = await call('sacct', ['-n', '-X', '-S', 'now', '--format=JobID'], { timeoutMs: ASK_MS })
  if (said.code === 0) return { name, state: 'ok', says: 'sacct answers' }
  const remedy = 'until then, states come from the queue and the marks'
  return { name, state: 'note', says: silence('sacct', said), remedy }
}

/** The requirements of the site for an account, and the number of jobs that it allows. */
async function checkAccount(
  call: CallProgram,
  { account, qos, maxQueued }: SlurmOptions,
  enforced: string,
): Promise<readonly ClusterFinding[]> {
  if (!/associations|limits|qos/.test(enforced)) return []
  const format = 'format=account,qos,maxsubmit'
  const user = (await call('id', ['-un'], { timeoutMs: ASK_MS })).stdout.trim()
  const said = await call('sacctmgr', ['-n', '-P', 'show', 'assoc', 'where', `user=${user}`, format], {
    timeoutMs: ASK_MS,
  })
  if (said.code !== 0) return []
  const rows = said.stdout
    .trim()
    .split('\n')
    .map((line) => line.split('|'))
  const own = rows.find(([name]) => account === null || name === account)
  if (own === undefined) {
    const says = `${user} may not use the account \`${account ?? '(default)'}\``
    const known = rows.map(([name]) => name).join(', ')
    return [{ name: 'account', state: 'problem', says, remedy: `\`slurm: {account}\`: one of ${known}` }]
  }
  const [name = '', allowed = '', most = ''] = own
  if (qos !== null && !allowed.split(',').includes(qos)) {
    const says = `the account \`${name}\` may not use the qos \`${qos}\``
    return [{ name: 'account', state: 'problem', says, remedy: `\`slurm: {qos}\`: one of ${allowed}` }]
  }
  const isOver = most !== '' && (maxQueued ?? Number.POSITIVE_INFINITY) > Number(most)
  if (!isOver) return [{ name: 'account', state: 'ok', says: `\`${name}\`` }]
  const says = `\`${name}\` may have ${most} jobs in the queue`
  return [
    {
      name: 'account',
      state: 'note',
      says,
      remedy: `\`slurm: {max_queued: ${most}}\`, so that a driver submits the rest`,
    },
  ]
}

/** Marks and results are files: the nodes must see the workspace. */
async function checkFiles(call: CallProgram, root: string): Promise<ClusterFinding> {
  const name = 'shared files'
  const { stdout } = await call('scontrol', ['show', 'nodes', '-o'], { timeoutMs: ASK_MS })
  const hosts = stdout.split('\n').flatMap((line) => readShown(line).get('NodeHostName') ?? [])
  const isHere = hosts.every((host) => host === hostname().split('.')[0])
  if (isHere || fileSystemKind(root) !== 'local') return { name, state: 'ok', says: 'the nodes can see the workspace' }
  const says = `\`${root}\` is on a disk of this machine, but the trials run on ${hosts.length} other hosts`
  return { name, state: 'problem', says, remedy: 'move the workspace to a file system that all nodes mount' }
}

function checkRequeue({ requeue }: SlurmOptions, byDefault: string): ClusterFinding {
  const isOn = requeue ?? byDefault.trim() === '1'
  const says = isOn
    ? 'SLURM starts a task again after a preemption or the failure of a node'
    : 'a preempted task, or one whose node fails, ends; with `retries`, a driver starts it again'
  return { name: 'requeue', state: 'ok', says }
}
