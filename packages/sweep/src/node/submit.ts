import { randomBytes } from 'node:crypto'
import type { SweepConfig } from '../config/config.ts'
import type { Chunk, ChunkAttempt, Executor, Limits, Place } from '../executor/executor.ts'
import { openAttempt, openAttempts, openSubmissions } from '../executor/open-attempts.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { trialState } from '../journal/trial-state.ts'
import { configOf, stageOf } from '../plan/stages.ts'
import { attemptEnv, outerEnv } from './attempt-env.ts'
import { openBudgetGate } from './budget-gate.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import type { Workspace } from './workspace.ts'

/** What came of submitting the trials that wait. */
export interface Submitted {
  /** Numbers of the executor, in order. */
  readonly jobs: readonly string[]
  /** The batch scripts of these submissions, where the executor writes any: absolute paths. */
  readonly scripts: readonly string[]
  /** Trials whose attempts were taken. */
  readonly trials: readonly number[]
  /** Why the executor took no more. */
  readonly refused: string | null
  /** Who did not answer; what was asked for is found out later. */
  readonly unanswered: string | null
}

interface Submission {
  readonly workspace: Workspace
  readonly config: SweepConfig
  readonly executor: Executor
  readonly writer: JournalWriter
  readonly by: string
}

/** Finds out what became of submissions whose answer was lost. Under a claim. */
export async function recoverSubmissions({ workspace, executor, writer, by }: Submission): Promise<void> {
  const open = openAttempts(writer.fold, executor.name).map(([record, attempt]) => openAttempt(record, attempt))
  if (open.length === 0) return
  const limits = await executor.limits(open)
  const signSeconds = limits.answered ? limits.value.signSeconds : null
  const submissions = openSubmissions(writer.fold, executor.name, signSeconds, workspace.clock.now())
  if (submissions.length === 0) return
  const found = await executor.find(submissions)
  if (!found.answered) return
  const events = submissions.flatMap(({ sid }): readonly SweepEvent[] => {
    const outcome = found.value.get(sid)
    if (outcome === undefined) return []
    if (outcome.kind === 'absent') return [{ type: 'unsent', sid, proof: 'absent' }]
    return writer.fold.open.has(sid) ? [{ type: 'sent', sid, job: outcome.job }] : []
  })
  writer.appendBy(by, ...events)
}

/** Submits trials that wait, as far as there is room. Under a claim. */
export async function submitWaiting(submission: Submission): Promise<Submitted> {
  const { config, executor, writer } = submission
  const jobs: string[] = []
  const trials: number[] = []
  const scripts: string[] = []
  const open = openAttempts(writer.fold, executor.name).map(([record, attempt]) => openAttempt(record, attempt))
  const waiting = waitingIn(writer.fold)
  if (waiting.length === 0) return { jobs, scripts, trials, refused: null, unanswered: null }
  const limits = await executor.limits(open)
  if (!limits.answered) return { jobs, scripts, trials, refused: null, unanswered: limits.why }
  const ends = { refused: null as string | null, unanswered: null as string | null }
  const groups = byStage(config, admitted(submission, waiting, limits.value), limits.value)
  for (const group of groups.flatMap((trials) => grouped(trials, limits.value))) {
    const throttle = executor.needsDriver ? null : throttleFor(config, writer.fold)
    if (throttle === 0) break
    const chunk = chunkOf(submission, group, throttle)
    writer.appendBy(submission.by, intentOf(chunk, executor))
    crashPoint('intent')
    const outcome = await executor.submit(chunk)
    crashPoint('submitted')
    if (!outcome.answered) {
      ends.unanswered = outcome.why
      break
    }
    if (outcome.value.kind === 'refused') {
      writer.appendBy(submission.by, { type: 'unsent', sid: chunk.sid, proof: 'refused' })
      ends.refused = outcome.value.why
      break
    }
    writer.appendBy(submission.by, { type: 'sent', sid: chunk.sid, job: outcome.value.job })
    crashPoint('sent')
    jobs.push(outcome.value.job)
    if (outcome.value.script !== undefined) scripts.push(outcome.value.script)
    trials.push(...chunk.attempts.map(({ i }) => i))
  }
  return { jobs, scripts, trials, ...ends }
}

/** Trials that may be submitted together: where the executor chooses no places, those of one stage, which share their resources. */
function byStage(
  config: SweepConfig,
  waiting: readonly TrialRecord[],
  { places }: Limits,
): readonly (readonly TrialRecord[])[] {
  if (places !== null) return [waiting]
  const groups = new Map<string | null, TrialRecord[]>()
  for (const record of waiting) {
    const stage = stageOf(config, record.trial)
    groups.set(stage, [...(groups.get(stage) ?? []), record])
  }
  return [...groups.values()]
}

function waitingIn(fold: Fold): readonly TrialRecord[] {
  return [...fold.trials.values()].filter((record) => !record.isDropped && trialState(record) === 'waiting')
}

/** As many as there is room for, within the budget. */
function admitted(
  { workspace, config, writer }: Submission,
  waiting: readonly TrialRecord[],
  { places }: Limits,
): readonly TrialRecord[] {
  const gate = openBudgetGate(config, writer.fold, workspace.clock.now())
  const most = places?.length ?? Number.POSITIVE_INFINITY
  const taken: TrialRecord[] = []
  for (const record of waiting) {
    if (taken.length >= most) break
    if (gate.admits(record)) taken.push(record)
  }
  return taken
}

/** A trial with what it gets, and its number in the submission. */
interface Placed {
  readonly record: TrialRecord
  readonly place: Place
  readonly task: number
}

const NO_GPUS: Place = { gpus: '' }

/** Trials that are submitted together. Those with a high index get numbers of their own, in submissions of their own. */
function grouped(waiting: readonly TrialRecord[], { places, chunk, maxTask }: Limits): readonly (readonly Placed[])[] {
  if (places !== null) {
    return places.flatMap((place, at) => {
      const record = waiting[at]
      return record === undefined ? [] : [[{ record, place, task: record.trial.i }]]
    })
  }
  const own = waiting.filter(({ trial }) => trial.i <= maxTask)
  const mapped = waiting.filter(({ trial }) => trial.i > maxTask)
  return [
    ...parts(own, chunk).map((part) => part.map((record) => ({ record, place: NO_GPUS, task: record.trial.i }))),
    ...parts(mapped, chunk).map((part) => part.map((record, task) => ({ record, place: NO_GPUS, task }))),
  ]
}

function parts<One>(all: readonly One[], size: number): readonly (readonly One[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

function chunkOf({ workspace, config }: Submission, placed: readonly Placed[], throttle: number | null): Chunk {
  const outer = outerEnv(workspace.paths)
  const attempts = placed.map(({ record, place, task }): ChunkAttempt => {
    const n = (record.attempts.at(-1)?.n ?? 0) + 1
    const own = configOf(config, record.trial)
    const env = attemptEnv(workspace.paths, own, { trial: record.trial, n, gpus: place.gpus }, outer)
    return { i: record.trial.i, n, task, place, env }
  })
  return { sid: randomBytes(6).toString('hex'), attempts, throttle, stage: stageIn(config, placed[0]?.record.trial) }
}

/** What `run` would submit first, for its script to be shown. */
export function previewChunk(
  workspace: Workspace,
  config: SweepConfig,
  trials: readonly TrialRecord['trial'][],
  attemptsOf: (i: number) => number,
): Omit<Chunk, 'sid'> {
  const outer = outerEnv(workspace.paths)
  const attempts = trials.map((trial): ChunkAttempt => {
    const n = attemptsOf(trial.i) + 1
    return {
      i: trial.i,
      n,
      task: trial.i,
      place: NO_GPUS,
      env: attemptEnv(workspace.paths, configOf(config, trial), { trial, n, gpus: '' }, outer),
    }
  })
  return { attempts, throttle: config.slurm?.maxConcurrent ?? null, stage: stageIn(config, trials[0]) }
}

function stageIn(config: SweepConfig, trial: TrialRecord['trial'] | undefined): string | null {
  return trial === undefined ? null : stageOf(config, trial)
}

function intentOf({ sid, attempts, throttle }: Chunk, { name }: Executor): SweepEvent {
  const isMapped = attempts.some(({ i, task }) => i !== task)
  const hasGpus = attempts.some(({ place }) => place.gpus !== '')
  return {
    type: 'intent',
    sid,
    executor: name,
    attempts: attempts.map(({ i, n }) => [i, n] as const),
    ...(isMapped && { tasks: attempts.map(({ task }) => task) }),
    ...(hasGpus && { gpus: attempts.map(({ place }) => place.gpus) }),
    ...(throttle !== null && { throttle }),
  }
}

/** What `max_concurrent` leaves for one more submission: the arrays that are open share it. */
function throttleFor({ slurm }: SweepConfig, fold: Fold): number | null {
  const most = slurm?.maxConcurrent ?? null
  if (most === null) return null
  const bySid = new Map<string, { tasks: number; limit: number }>()
  for (const [, { sid, throttle }] of openAttempts(fold, 'slurm')) {
    const one = bySid.get(sid) ?? { tasks: 0, limit: throttle ?? most }
    one.tasks++
    bySid.set(sid, one)
  }
  const taken = [...bySid.values()].reduce((sum, { tasks, limit }) => sum + Math.min(tasks, limit), 0)
  return Math.max(0, most - taken)
}
