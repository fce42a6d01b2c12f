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

/** Options for a driver that runs as a job. The defaults are the config's partition and time limit. */
export interface DriverJobOptions {
  readonly partition?: string
  readonly time?: string
}

const SUBMIT_MS = 60_000

/** How many seconds before its time limit a driver exits and submits its successor. */
const BEFORE_LIMIT = 50

/**
 * Submits a driver as a job. Shortly before its time limit, the job submits its successor, until nothing is left to do. Only one of these
 * jobs runs at a time.
 *
 * @param words A driver's command line.
 * @returns The job number.
 * @throws SweepError `refused` if a driver is running or SLURM refuses the job; `unanswered`.
 */
export async function submitDriverJob(
  workspace: Workspace,
  words: readonly string[],
  options: DriverJobOptions = {},
): Promise<string> {
  const { paths } = workspace
  const { name, slurm } = configInForce(workspace)
  if (slurm === null)
    throw new SweepError('refused', 'the config has no `slurm` block; use `herd drive` to run the driver here')
  const driver = livingDriver(paths)
  if (driver !== null)
    throw new SweepError('refused', `a driver is already running: process ${driver.pid} on ${driver.host}`)
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
    // Only one job with this name runs at a time for each user.
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
    // A driver that exited normally has nothing left to do.
    `[ -z "$ends" ] || [ "$code" = 0 ] || sbatch ${bashWord(path)}`,
    'exit 0',
  ].join('\n')}\n`
}
