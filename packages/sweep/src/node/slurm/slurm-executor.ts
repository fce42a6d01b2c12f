import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import type { SlurmOptions } from '../../config/config.ts'
import {
  type Answer,
  answer,
  type Chunk,
  type Executor,
  type OpenAttempt,
  type Refused,
  type Sent,
  type UsageReading,
  unanswered,
} from '../../executor/executor.ts'
import type { AttemptRef } from '../../journal/event.ts'
import { batchScript } from '../../slurm/script.ts'
import { isFullRefusal, readJobNumber, readRefusal } from '../../slurm/submit-answer.ts'
import { type CallProgram, programCaller, silence } from '../cluster/call-program.ts'
import { crashPoint } from '../crash-point.ts'
import { readEnvFile, submitEnv } from '../env-file.ts'
import type { WorkspacePaths } from '../paths.ts'
import { WRAPPER } from '../wrapper.ts'
import { findSubmissions } from './find-submissions.ts'
import { keepUsage, readKeptUsage } from './kept-usage.ts'
import { readLimits } from './limits.ts'
import { observeSlurm } from './observe-slurm.ts'
import { slurmUsage } from './usage.ts'

/** The part of a sweep that the SLURM executor needs. */
export interface SlurmSweep {
  readonly paths: WorkspacePaths
  readonly name: string
  readonly options: SlurmOptions
  /** Epoch seconds. */
  readonly now: () => number
  /** Whether nothing may be written. */
  readonly isLookOnly: boolean
}

/** Runs attempts as tasks of array jobs, through `sbatch`, `squeue`, `sacct` and `scancel`. */
export function slurmExecutor(sweep: SlurmSweep): Executor {
  const call = programCaller(sweep.options.ssh)
  return {
    name: 'slurm',
    needsDriver: false,
    limits: (open) => readLimits(sweep, open),
    submit: (chunk) => submit(call, sweep, chunk),
    find: (submissions) => findSubmissions(sweep, submissions),
    observe: (open) => observeSlurm(sweep, open),
    cancel: (attempts, force) => cancel(call, attempts, force),
    throttle: (job, tasks) => throttle(call, job, tasks),
    script: (chunk) => scriptOf(sweep, chunk),
    usage: (attempts, withinMs) => keptUsage(call, sweep, attempts, withinMs),
  }
}

/** Returns a submission's batch script. */
function scriptOf(
  { paths, name, options }: Pick<SlurmSweep, 'paths' | 'name' | 'options'>,
  chunk: Omit<Chunk, 'sid'>,
): string {
  const attempts = chunk.attempts.map((one) => ({ ...one, env: { ...one.env, HYPERHERD_EXECUTOR: 'slurm' } }))
  return batchScript({
    name,
    options: chunk.slurm ?? options,
    chunk: { ...chunk, attempts },
    logs: paths.logs,
    wrapper: WRAPPER,
  })
}

const SUBMIT_MS = 60_000

async function submit(call: CallProgram, sweep: SlurmSweep, chunk: Chunk): Promise<Answer<Sent | Refused>> {
  const { paths, name } = sweep
  const script = join(paths.submissions, `${chunk.sid}.sbatch`)
  const text = scriptOf(sweep, chunk)
  mkdirSync(paths.submissions, { recursive: true })
  mkdirSync(join(paths.logs, 'slurm'), { recursive: true })
  for (const { i } of chunk.attempts) {
    const isNew = mkdirSync(join(paths.results, String(i)), { recursive: true }) !== undefined
    // The file contains a request to an earlier attempt.
    if (!isNew) rmSync(join(paths.results, String(i), '_signal'), { force: true })
  }
  replaceDocument(script, text)
  replaceDocument(paths.script, text)
  crashPoint('script')
  const args = ['--parsable', `--job-name=hyperherd_${name}-${chunk.sid}`, `--comment=hotcb:${chunk.sid}`, script]
  const said = await call('sbatch', args, {
    timeoutMs: SUBMIT_MS,
    env: sweep.options.ssh === null ? submitEnv(paths.root) : readEnvFile(paths.root),
    cwd: paths.root,
  })
  if (said.isMissing) return answer({ kind: 'refused', why: silence('sbatch', said) })
  const job = said.code === 0 ? readJobNumber(said.stdout) : undefined
  if (job !== undefined) return answer({ kind: 'sent', job, script })
  const why = readRefusal(said.code, said.stderr)
  if (why === null) return unanswered(silence('sbatch', said))
  return answer({ kind: 'refused', why, isFull: isFullRefusal(why) })
}

/** Returns the resource usage of attempts; attempts that ended long ago are not queried again. */
async function keptUsage(
  call: CallProgram,
  { paths, now, isLookOnly, options }: SlurmSweep,
  attempts: readonly OpenAttempt[],
  withinMs?: number,
): Promise<Answer<UsageReading>> {
  const kept = readKeptUsage(paths.state)
  const known = attempts.flatMap(({ i, n }) => kept.get(`${i}-${n}`) ?? [])
  const rest = attempts.filter(({ i, n }) => !kept.has(`${i}-${n}`))
  const found = await slurmUsage(call, rest, now(), withinMs)
  if (!found.answered) return found
  const { used, unasked } = found.value
  if (!isLookOnly) keepUsage(paths.state, kept, rest, used, now() - options.lagSeconds)
  return answer({ used: [...known, ...used], unasked })
}

const UPDATE_MS = 60_000

async function throttle(call: CallProgram, job: string, tasks: number): Promise<Answer<void>> {
  const said = await call('scontrol', ['update', `JobId=${job}`, `ArrayTaskThrottle=${tasks}`], {
    timeoutMs: UPDATE_MS,
  })
  return said.code === 0 ? answer(undefined) : unanswered(silence('scontrol', said))
}

const CANCEL_MS = 60_000
const CANCELLED_AT_ONCE = 200

async function cancel(
  call: CallProgram,
  attempts: readonly OpenAttempt[],
  force: boolean,
): Promise<Answer<readonly AttemptRef[]>> {
  const told: AttemptRef[] = []
  const known = attempts.filter(({ job }) => job !== null)
  for (let at = 0; at < known.length; at += CANCELLED_AT_ONCE) {
    const some = known.slice(at, at + CANCELLED_AT_ONCE)
    const ids = some.map(({ job, task }) => `${job}_${task}`)
    const said = await call('scancel', [...(force ? ['--signal=KILL'] : []), ...ids], { timeoutMs: CANCEL_MS })
    if (said.code !== 0) return told.length > 0 ? answer(told) : unanswered(silence('scancel', said))
    for (const { i, n } of some) told.push([i, n])
  }
  return answer(told)
}
