import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import type { GridEngineOptions } from '../../config/config.ts'
import {
  type Absent,
  type Answer,
  answer,
  type Chunk,
  type Executor,
  type Limits,
  type OpenAttempt,
  type OpenSubmission,
  type Refused,
  type Sent,
  unanswered,
} from '../../executor/executor.ts'
import { gridArguments } from '../../gridengine/arguments.ts'
import { gridScript } from '../../gridengine/script.ts'
import { isFullGrid, readGridJob, readGridRefusal } from '../../gridengine/submit-answer.ts'
import type { AttemptRef } from '../../journal/event.ts'
import { type CallProgram, programCaller, silence } from '../cluster/call-program.ts'
import { SUBMIT_SECONDS, sentByMarks } from '../cluster/sent-by-marks.ts'
import { crashPoint } from '../crash-point.ts'
import { submitEnv } from '../env-file.ts'
import type { WorkspacePaths } from '../paths.ts'
import { WRAPPER } from '../wrapper.ts'
import { askGridAccounting, askGridQueue } from './ask-grid.ts'
import { observeGrid } from './observe-grid.ts'

/** The part of a sweep that the Grid Engine executor needs. */
export interface GridSweep {
  readonly paths: WorkspacePaths
  readonly name: string
  readonly options: GridEngineOptions
  /** Epoch seconds. */
  readonly now: () => number
}

/** Runs attempts as tasks of array jobs, through `qsub`, `qstat`, `qacct` and `qdel`. */
export function gridExecutor(sweep: GridSweep): Executor {
  const call = programCaller(null)
  return {
    name: 'gridengine',
    needsDriver: false,
    limits: async (open) => answer(limitsOf(sweep.options, open)),
    submit: (chunk) => submit(call, sweep, chunk),
    find: (submissions) => find(call, sweep, submissions),
    observe: (open) => observeGrid(call, sweep, open),
    cancel: (attempts, force) => cancel(call, attempts, force),
    throttle: (job, tasks) => throttle(call, job, tasks),
    script: (chunk) => {
      const attempts = chunk.attempts.map((one, task) => ({ ...one, task }))
      return scriptOf(sweep, { ...chunk, attempts }, gridArgs(sweep, chunk, 'SID'))
    },
  }
}

/** The maximum number of tasks in one submission. It keeps the script small, and a lost answer affects few tasks. */
const CHUNK = 1000

/**
 * Returns the limits. An array's tasks are numbered 1 to N without gaps, so attempts never use their trial's index as the task number.
 */
function limitsOf({ maxQueued }: GridEngineOptions, open: readonly OpenAttempt[]): Limits {
  const room = maxQueued === null ? {} : { room: Math.max(0, maxQueued - open.length) }
  return { places: null, chunk: CHUNK, maxTask: -1, ...room, signSeconds: null }
}

const jobName = ({ name }: GridSweep, sid: string): string => `hyperherd_${name}-${sid}`

function gridArgs(sweep: GridSweep, { attempts, throttle }: Omit<Chunk, 'sid'>, sid: string): readonly string[] {
  const { options, paths } = sweep
  return gridArguments(options, { jobName: jobName(sweep, sid), tasks: attempts.length, throttle, root: paths.root })
}

function scriptOf({ paths }: GridSweep, { attempts: given }: Omit<Chunk, 'sid'>, args: readonly string[]): string {
  const attempts = given.map((one) => ({ ...one, env: { ...one.env, HYPERHERD_EXECUTOR: 'gridengine' } }))
  return gridScript({ args, attempts, logs: paths.logs, wrapper: WRAPPER })
}

const CALL_MS = 60_000

async function submit(call: CallProgram, sweep: GridSweep, chunk: Chunk): Promise<Answer<Sent | Refused>> {
  const { paths } = sweep
  const args = gridArgs(sweep, chunk, chunk.sid)
  const script = join(paths.submissions, `${chunk.sid}.sh`)
  for (const dir of [paths.submissions, paths.logs]) mkdirSync(dir, { recursive: true })
  for (const { i } of chunk.attempts) {
    mkdirSync(join(paths.results, String(i)), { recursive: true })
    // The file contains a request to an earlier attempt.
    rmSync(join(paths.results, String(i), '_signal'), { force: true })
  }
  replaceDocument(script, scriptOf(sweep, chunk, args))
  crashPoint('script')
  const said = await call('qsub', [...args, script], { timeoutMs: CALL_MS, env: submitEnv(paths.root) })
  if (said.isMissing) return answer({ kind: 'refused', why: silence('qsub', said) })
  const job = said.code === 0 ? readGridJob(said.stdout) : undefined
  if (job !== undefined) return answer({ kind: 'sent', job, script })
  const why = readGridRefusal(said.code, said.stderr)
  if (why === null) return unanswered(silence('qsub', said))
  return answer({ kind: 'refused', why, isFull: isFullGrid(why) })
}

/**
 * Returns the outcomes of submissions. A submission without a mark is absent if neither the queue nor the accounting lists it and its
 * `qsub` cannot still be running.
 */
async function find(
  call: CallProgram,
  sweep: GridSweep,
  submissions: readonly OpenSubmission[],
): Promise<Answer<ReadonlyMap<string, Sent | Absent>>> {
  const found = new Map<string, Sent | Absent>(sentByMarks(sweep.paths.marks, submissions))
  const open = submissions.filter(({ sid }) => !found.has(sid))
  if (open.length === 0) return answer(found)
  const queue = await askGridQueue(call)
  if (!queue.answered) return found.size > 0 ? answer(found) : queue
  const byName = new Map(queue.value.map((row) => [row.jobName, row.id.job]))
  const rest = open.filter(({ sid }) => !byName.has(jobName(sweep, sid)))
  const accounting = await askGridAccounting(
    call,
    rest.map(({ sid }) => jobName(sweep, sid)),
  )
  if (accounting.answered) for (const row of accounting.value ?? []) byName.set(row.jobName, row.id.job)
  for (const { sid, at } of open) {
    const job = byName.get(jobName(sweep, sid))
    if (job !== undefined) found.set(sid, { kind: 'sent', job })
    else if (accounting.answered && sweep.now() - at > SUBMIT_SECONDS) found.set(sid, { kind: 'absent' })
  }
  return answer(found)
}

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
    const trouble = await endTasks(call, some, force)
    if (trouble !== null) return told.length > 0 ? answer(told) : unanswered(trouble)
    for (const { i, n } of some) told.push([i, n])
  }
  return answer(told)
}

/**
 * Returns why not all tasks could be notified; null if all were. If a task has already ended, the exit code is 1, which is not a problem.
 */
async function endTasks(call: CallProgram, some: readonly OpenAttempt[], force: boolean): Promise<string | null> {
  const ids = some.map(({ job, task }) => `${job}.${task + 1}`)
  const said = await call('qdel', [...(force ? ['-f'] : []), ...ids], { timeoutMs: CALL_MS })
  if (said.code === 0) return null
  if (said.code === null) return silence('qdel', said)
  const rest = withoutGone(`${said.stdout}\n${said.stderr}`)
  return rest === '' ? null : `qdel: ${rest}`
}

function withoutGone(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.filter((line) => !/does not exist|has (registered|deleted)|already in deletion/.test(line)).join('; ')
}

async function throttle(call: CallProgram, job: string, tasks: number): Promise<Answer<void>> {
  const said = await call('qalter', ['-tc', String(tasks), job], { timeoutMs: CALL_MS })
  return said.code === 0 ? answer(undefined) : unanswered(silence('qalter', said))
}
