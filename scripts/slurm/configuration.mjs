// The configuration of the test cluster: four nodes for trials, one on which trials are preempted, and one that can go down.
// All daemons are bound to loopback, and react within a second or as fast as SLURM allows.
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const NODES = ['n1', 'n2', 'n3', 'n4', 'shared', 'frail']
const CPUS = { shared: 1 }
export const CLUSTER = 'hotcb'

/** Whether the kernel of this machine can enforce memory limits. Only then does a task end as OUT_OF_MEMORY. */
export function hasMemoryGroups() {
  const writable = (name) => {
    const path = `/sys/fs/cgroup/${name}/tasks`
    return existsSync(path) && (statSync(path).mode & 0o200) !== 0
  }
  return process.getuid() === 0 && writable('memory') && writable('freezer')
}

export function slurmConf(home, { host, user, ports }) {
  const nodes = NODES.map((name, at) => {
    const cpus = CPUS[name] ?? 4
    const shape = `CPUs=${cpus} Boards=1 SocketsPerBoard=1 CoresPerSocket=${cpus} ThreadsPerCore=1 RealMemory=8000`
    return `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${ports.nodes[at]} ${shape} State=UNKNOWN`
  })
  const trials = NODES.slice(0, 4).join(',')
  return `${[
    `ClusterName=${CLUSTER}`,
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${ports.controller}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/munge',
    // A requeued job starts only after the credential of its last run has expired, which takes 2 minutes by default.
    `AuthInfo=socket=${home}/run/munge.socket,cred_expire=5`,
    'CommunicationParameters=NoInAddrAny,NoCtldInAddrAny',
    `StateSaveLocation=${home}/state/controller`,
    `SlurmdSpoolDir=${home}/spool/%n`,
    `SlurmctldPidFile=${home}/run/slurmctld.pid`,
    `SlurmdPidFile=${home}/run/slurmd-%n.pid`,
    `SlurmctldLogFile=${home}/log/slurmctld.log`,
    `SlurmdLogFile=${home}/log/slurmd-%n.log`,
    // All nodes are one machine, and declare more resources than it has.
    'SlurmdParameters=config_overrides',
    ...(hasMemoryGroups()
      ? ['ProctrackType=proctrack/cgroup', 'TaskPlugin=task/cgroup']
      : ['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none', 'JobAcctGatherParams=OverMemoryKill']),
    'MpiDefault=none',
    'SwitchType=switch/none',
    'MailProg=/bin/true',
    'PropagateResourceLimits=NONE',
    'ReturnToService=2',
    'AccountingStorageType=accounting_storage/slurmdbd',
    'AccountingStorageHost=127.0.0.1',
    `AccountingStoragePort=${ports.accounting}`,
    `AccountingStoragePass=${home}/run/munge.socket`,
    'JobAcctGatherType=jobacct_gather/linux',
    'JobAcctGatherFrequency=task=1',
    'SchedulerType=sched/backfill',
    'SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=20000,bf_interval=1,default_queue_depth=1000',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU_Memory',
    'PriorityType=priority/basic',
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    'DefMemPerCPU=100',
    'JobRequeue=1',
    'MaxArraySize=20001',
    'MaxJobCount=100000',
    'MinJobAge=20',
    'KillWait=3',
    'BatchStartTimeout=20',
    'MessageTimeout=20',
    'SlurmctldTimeout=10',
    'SlurmdTimeout=60',
    'TCPTimeout=5',
    ...nodes,
    `PartitionName=main Nodes=${trials} Default=YES DefaultTime=01:00:00 MaxTime=INFINITE State=UP`,
    `PartitionName=short Nodes=${trials} DefaultTime=00:05:00 MaxTime=00:10:00 State=UP`,
    'PartitionName=low Nodes=shared PriorityTier=1 PreemptMode=REQUEUE MaxTime=INFINITE State=UP',
    'PartitionName=spot Nodes=shared PriorityTier=2 PreemptMode=CANCEL MaxTime=INFINITE State=UP',
    'PartitionName=high Nodes=shared PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP',
    'PartitionName=frail Nodes=frail MaxTime=INFINITE State=UP',
  ].join('\n')}\n`
}

export function cgroupConf() {
  const memory = hasMemoryGroups() ? 'yes' : 'no'
  return `${[
    'CgroupMountpoint=/sys/fs/cgroup',
    'CgroupAutomount=no',
    'CgroupPlugin=cgroup/v1',
    'ConstrainCores=no',
    'ConstrainDevices=no',
    `ConstrainRAMSpace=${memory}`,
    'ConstrainSwapSpace=no',
  ].join('\n')}\n`
}

export function slurmdbdConf(home, { host, user, ports }) {
  return `${[
    'AuthType=auth/munge',
    `AuthInfo=socket=${join(home, 'run/munge.socket')}`,
    `DbdHost=${host}`,
    'DbdAddr=127.0.0.1',
    `DbdPort=${ports.accounting}`,
    'CommunicationParameters=NoInAddrAny',
    `SlurmUser=${user}`,
    `LogFile=${home}/log/slurmdbd.log`,
    `PidFile=${home}/run/slurmdbd.pid`,
    'StorageType=accounting_storage/mysql',
    'StorageHost=localhost',
    'StorageUser=slurm',
    'StoragePass=slurm',
    'StorageLoc=slurm_acct_db',
  ].join('\n')}\n`
}
