import {
  checkLauncher,
  hasProgram,
  inspectCluster,
  inspectSweep,
  isSweepError,
  launchersOf,
  lookOnly,
  plannedTrials,
  readSweepStatus,
  type Workspace,
} from '@hotcb/sweep/node'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { type Finding, fine, noted, problem } from '../look/doctor/check.ts'
import { checkClock, checkFileSystem, checkSpace } from '../look/doctor/directory.ts'
import { checkNode } from '../look/doctor/machine.ts'
import { tellFindings } from '../look/doctor/tell.ts'
import { inWorkspace, readSweepWords, typedName, WORDS } from './place.ts'

/** `herd doctor`. */
export const sweepDoctorCommand: CliCommand = cliCommand({
  args: { words: WORDS },
  about: [
    'Checks Node, the config, the launcher, the executor, the cluster (partition, limits, accounting, account, shared files), the file system, disk space, the clock, the journal, the process that holds the lock, the driver, and trials that are not in the journal. Each problem is shown with a fix. Nothing is written. The exit code is 1 if a check fails.',
  ],
  examples: [{ type: 'hotcb sweep doctor', does: 'check the sweep in this directory' }],
  run(args, context) {
    return inWorkspace(readSweepWords(args._, {}, context), context, async (opened) => {
      const workspace = lookOnly(opened)
      const place = { dir: workspace.paths.root }
      const findings = [
        checkNode(process.versions.node),
        ...(await checkConfig(workspace)),
        checkFileSystem(place),
        checkSpace(place),
        checkClock(place, Date.now),
        ...(await checkSweep(workspace)),
      ]
      return tellFindings(findings, context)
    })
  },
})

async function checkConfig(workspace: Workspace): Promise<readonly Finding[]> {
  try {
    const { config, trials, warnings } = await plannedTrials(workspace)
    const says = `${trials.length} trial${trials.length === 1 ? '' : 's'}`
    return [
      warnings.length === 0 ? fine('config', says) : noted('config', `${says}; ${warnings.join('; ')}`),
      checkStart(workspace, config),
      checkPrograms(config),
      ...(config.executor === 'slurm' ? await inspectCluster(workspace.paths.root, config) : []),
    ]
  } catch (error) {
    if (!isSweepError(error)) throw error
    return error.lines.map((line) => problem('config', line, 'edit the file, then check it again with `herd ls`'))
  }
}

type Config = Awaited<ReturnType<typeof plannedTrials>>['config']

function checkStart({ paths }: Workspace, config: Config): Finding {
  try {
    checkLauncher(paths, config)
    return fine('launcher', `\`${launchersOf(config).join('`, `')}\` can be run`)
  } catch (error) {
    if (!isSweepError(error)) throw error
    return problem('launcher', error.message, `try the launcher with \`${typedName()} test\``)
  }
}

const PROGRAMS = {
  local: ['bash'],
  slurm: ['sbatch', 'squeue', 'scancel'],
  gridengine: ['qsub', 'qstat', 'qdel'],
} as const

function checkPrograms({ executor, local, slurm }: Config): Finding {
  if (executor === 'slurm' && slurm?.ssh != null) {
    return hasProgram('ssh')
      ? fine('executor', `slurm, through ssh to ${slurm.ssh}`)
      : problem('executor', '`ssh` is not installed on this machine', 'install it, or run herd on a login node')
  }
  const needed = PROGRAMS[executor]
  const missing = needed.filter((name) => !hasProgram(name))
  if (missing.length > 0) {
    const remedy =
      executor !== 'local' ? 'run it on a login node of the cluster, or with `--executor local`' : 'install bash'
    return problem(
      'executor',
      `${executor}: \`${missing.join('`, `')}\` ${missing.length > 1 ? 'are' : 'is'} not installed on this machine`,
      remedy,
    )
  }
  if (executor === 'slurm' && !hasProgram('sacct'))
    return noted('executor', "slurm, without `sacct`: only the trials' own marks show how they ended")
  if (executor === 'gridengine' && !hasProgram('qacct'))
    return noted('executor', "gridengine, without `qacct`: only the trials' own marks show how they ended")
  if (executor === 'local' && local.gpusPerTask > 0 && local.gpus === 'auto' && !hasProgram('nvidia-smi'))
    return problem('executor', 'local: `gpus: auto` needs `nvidia-smi`', 'list the GPUs: `local: {gpus: [0, 1]}`')
  return fine('executor', executor)
}

async function checkSweep(workspace: Workspace): Promise<readonly Finding[]> {
  if (workspace.journal.fold.trials.size === 0)
    return [noted('sweep', 'not started', `start it with \`${typedName()} run\``)]
  const { holder, journal, strays } = inspectSweep(workspace)
  const { lines, bad, torn, void: voided } = journal
  const { driver, needsDriver, silent } = await readSweepStatus(workspace)
  return [
    bad > 0
      ? problem(
          'journal',
          `${lines} lines, of which ${bad} were not written by any version of herd`,
          'restore the file from a backup',
        )
      : voided > 0
        ? noted('journal', `${lines} lines; ${voided} do not count, because another process had taken over`)
        : fine(
            'journal',
            `${lines} lines${torn > 0 ? `; ${torn} cut off when a writer exited, which is harmless` : ''}`,
          ),
    holder === null ? fine('writer', 'no process is writing now') : noted('writer', holder),
    needsDriver
      ? problem(
          'driver',
          'trials are running or waiting, but no driver is running',
          `\`${typedName()} run\` or \`${typedName()} drive\``,
        )
      : fine('driver', driver === null ? 'not running, and not needed' : `process ${driver.pid} on ${driver.host}`),
    strays.length > 0
      ? problem('trials', `running, but not in the journal: ${strays.join(', ')}`, 'stop these processes')
      : fine('trials', 'all trials that are running here are in the journal'),
    ...silent.map(({ source, why }) => problem(source, why, 'its last answer is shown until it responds again')),
  ]
}
