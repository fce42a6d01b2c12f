import { hostname } from 'node:os'
import { fileSystemKind } from '@hotcb/journal'
import type { SlurmOptions, SweepConfig } from '../../config/config.ts'
import { limitSeconds, readShown } from '../../slurm/show.ts'
import { type CallProgram, programCaller, silence } from '../cluster/call-program.ts'

/** A finding of the cluster check. */
export interface ClusterFinding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly says: string
  /** Present if the finding is a note or a problem. */
  readonly remedy?: string
}

const ASK_MS = 20_000

/** Checks whether a cluster can run a sweep. Submits and changes nothing. */
export async function inspectCluster(root: string, { slurm }: SweepConfig): Promise<readonly ClusterFinding[]> {
  if (slurm === null) return []
  const call = programCaller(slurm.ssh)
  const config = await call('scontrol', ['show', 'config'], { timeoutMs: ASK_MS })
  if (config.code !== 0) {
    const remedy = 'running trials continue; run `scontrol ping` to see whether the controller is back'
    return [{ name: 'controller', state: 'problem', says: silence('scontrol', config), remedy }]
  }
  const setting = (name: string): string => new RegExp(`^${name}\\s*=\\s*(.*)$`, 'm').exec(config.stdout)?.[1] ?? ''
  return [
    { name: 'controller', state: 'ok', says: `SLURM ${setting('SLURM_VERSION')} is responding` },
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
    const remedy = 'run `sinfo -s` to list the partitions'
    return [{ name: 'partition', state: 'problem', says: `there is no partition \`${partition}\``, remedy }]
  }
  const fields = readShown(shown.stdout)
  const [asked, most] = [limitSeconds(time), limitSeconds(fields.get('MaxTime') ?? '')]
  if (most !== null && (asked === null || asked > most)) {
    const says = `\`${partition}\` allows ${fields.get('MaxTime')}, but \`time\` is ${time}, so the tasks would wait forever`
    const remedy = 'lower `slurm: {time}` or choose a different partition'
    return [{ name: 'partition', state: 'problem', says, remedy }]
  }
  const state = fields.get('State') ?? 'UP'
  if (state !== 'UP') {
    const remedy = 'tasks will wait until it is up'
    return [{ name: 'partition', state: 'note', says: `\`${partition}\` is ${state}`, remedy }]
  }
  const says = `\`${partition}\` is up: ${fields.get('TotalCPUs') ?? '?'} CPUs, time limit ${fields.get('MaxTime') ?? '?'}`
  return [{ name: 'partition', state: 'ok', says }]
}

async function checkAccounting(call: CallProgram, setting: (name: string) => string): Promise<ClusterFinding> {
  const name = 'accounting'
  if (/none|null/.test(setting('AccountingStorageType'))) {
    const says = `there is no accounting, so SLURM forgets finished jobs after ${setting('MinJobAge')}`
    return { name, state: 'note', says, remedy: 'keep a driver running; `herd stats` will not show memory and time' }
  }
  const said = await call('sacct', ['-n', '-X', '-S', 'now', '--format=JobID'], { timeoutMs: ASK_MS })
  if (said.code === 0) return { name, state: 'ok', says: 'sacct is responding' }
  const remedy = 'until sacct responds, states come from the queue and the marks'
  return { name, state: 'note', says: silence('sacct', said), remedy }
}

/** Returns whether the site requires an account, and how many jobs it allows. */
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
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'))
  const own = rows.find(([name]) => account === null || name === account)
  if (own === undefined) {
    const says = `${user} may not use the account \`${account ?? '(default)'}\``
    const known = rows.map(([name]) => name).join(', ')
    const remedy =
      known === '' ? 'ask the cluster administrators for an account' : `set \`slurm: {account}\` to one of ${known}`
    return [{ name: 'account', state: 'problem', says, remedy }]
  }
  const [name = '', allowed = '', most = ''] = own
  if (qos !== null && !allowed.split(',').includes(qos)) {
    const says = `the account \`${name}\` may not use the qos \`${qos}\``
    return [{ name: 'account', state: 'problem', says, remedy: `set \`slurm: {qos}\` to one of ${allowed}` }]
  }
  const isOver = most !== '' && (maxQueued ?? Number.POSITIVE_INFINITY) > Number(most)
  if (!isOver) return [{ name: 'account', state: 'ok', says: `\`${name}\`` }]
  const says = `\`${name}\` may have ${most} jobs in the queue`
  return [
    {
      name: 'account',
      state: 'note',
      says,
      remedy: `set \`slurm: {max_queued: ${most}}\` so that a driver submits the rest later`,
    },
  ]
}

/** Checks that the nodes can see the workspace, because marks and results are files. */
async function checkFiles(call: CallProgram, root: string): Promise<ClusterFinding> {
  const name = 'shared files'
  const { stdout } = await call('scontrol', ['show', 'nodes', '-o'], { timeoutMs: ASK_MS })
  const hosts = stdout.split('\n').flatMap((line) => readShown(line).get('NodeHostName') ?? [])
  const isHere = hosts.every((host) => host === hostname().split('.')[0])
  if (isHere || fileSystemKind(root) !== 'local') return { name, state: 'ok', says: 'the nodes can see the workspace' }
  const says = `\`${root}\` is on a local disk of this machine, but the trials run on ${hosts.length} other hosts`
  return { name, state: 'problem', says, remedy: 'move the workspace to a file system that all nodes mount' }
}

function checkRequeue({ requeue }: SlurmOptions, byDefault: string): ClusterFinding {
  const isOn = requeue ?? byDefault.trim() === '1'
  const says = isOn
    ? 'SLURM restarts a task after a preemption or a node failure'
    : 'a task ends if it is preempted or its node fails; with `retries`, a driver restarts it'
  return { name: 'requeue', state: 'ok', says }
}
