import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import type { SlurmOptions } from '../../config/config.ts'
import { bashWord } from '../../executor/task-script.ts'
import { directiveText } from '../../slurm/script.ts'
import { readJobNumber, readRefusal } from '../../slurm/submit-answer.ts'
import { programCaller, silence } from '../cluster/call-program.ts'
import { livingDriver } from '../driver-sign.ts'
import { SweepError } from '../sweep-error.ts'
import { configInForce, type Workspace } from '../workspace.ts'

/** Where a driver runs as a job; the config's own partition and time by default. */
export interface DriverJobOptions {
  readonly partition?: string
  readonly time?: string
}

const SUBMIT_MS = 60_000

/** Seconds before its time limit at which a driver ends and submits its successor. */
const BEFORE_LIMIT = 50

/**
 * Submits a driver as a job, which submits its successor shortly before its time limit, until nothing is left to do. Two of
 * them never run at a time.
 *
 * @param words The command line of a driver.
 * @returns The number of the job.
 * @throws SweepError `refused` if a driver is running, or SLURM refuses; `unanswered`.
 */
export async function submitDriverJob(
  workspace: Workspace,
  words: readonly string[],
  options: DriverJobOptions = {},
): Promise<string> {
  const { paths } = workspace
  const { name, slurm } = configInForce(workspace)
  if (slurm === null) throw new SweepError('refused', 'the config has no `slurm` block: `herd drive` drives it here')
  const driver = livingDriver(paths)
  if (driver !== null) throw new SweepError('refused', `process ${driver.pid} on ${driver.host} is already the driver`)
  const path = join(paths.state, 'driver.sbatch')
  mkdirSync(paths.state, { recursive: true })
  replaceDocument(path, driverScript(workspace, { words, path, jobName: `hyperherd_${name}-driver`, slurm, options }))
  const said = await programCaller(slurm.ssh)('sbatch', ['--parsable', path], { timeoutMs: SUBMIT_MS, cwd: paths.root })
  const job = said.code === 0 ? readJobNumber(said.stdout) : undefined
  if (job !== undefined) return job
  const why = readRefusal(said.code, said.stderr)
  throw why === null ? new SweepError('unanswered', silence('sbatch', said)) : new SweepError('refused', why)
}

interface DriverScript {
  readonly words: readonly string[]
  readonly path: string
  readonly jobName: string
  readonly slurm: SlurmOptions
  readonly options: DriverJobOptions
}

function driverScript({ paths }: Workspace, { words, path, jobName, slurm, options }: DriverScript): string {
  const { account, qos } = slurm
  const directives = [
    `--job-name=${jobName}`,
    // Only one job of this name and user runs at a time.
    '--dependency=singleton',
    `--partition=${directiveText(options.partition ?? slurm.partition)}`,
    `--time=${options.time ?? slurm.time}`,
    '--mem=1G',
    '--cpus-per-task=1',
    `--signal=B:USR1@${BEFORE_LIMIT}`,
    '--requeue',
    '--open-mode=append',
    `--output=${directiveText(paths.driverLog.replaceAll('%', '%%'))}`,
    ...Object.entries({ account, qos }).flatMap(([key, value]) =>
      value === null ? [] : [`--${key}=${directiveText(value)}`],
    ),
  ]
  return `${[
    '#!/bin/bash',
    ...directives.map((one) => `#SBATCH ${one}`),
    'ends= child=',
    'trap \'ends=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null\' USR1',
    `cd ${bashWord(paths.root)} || exit 74`,
    `${words.map(bashWord).join(' ')} &`,
    'child=$!',
    '[ -z "$ends" ] || kill -TERM "$child" 2>/dev/null',
    'wait "$child"',
    'code=$?',
    'while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done',
    // A driver that ended normally has nothing left to do.
    `[ -z "$ends" ] || [ "$code" = 0 ] || sbatch ${bashWord(path)}`,
    'exit 0',
  ].join('\n')}\n`
}
