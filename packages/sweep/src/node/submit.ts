import { randomBytes } from 'node:crypto'
import type { SlurmOptions, SweepConfig } from '../config/config.ts'
import type { Chunk, ChunkAttempt, Executor, Limits, Place } from '../executor/executor.ts'
import { openAttempt, openAttempts, openSubmissions } from '../executor/open-attempts.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { Fold, TrialRecord } from '../journal/fold.ts'
import { trialState } from '../journal/trial-state.ts'
import { attemptEnv, outerEnv } from './attempt-env.ts'
import { openBudgetGate } from './budget-gate.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { dependencies, dependencyKey } from './native-stages.ts'
import { taskConfig } from './task-config.ts'
import { mostAtATime, throttleFor } from './throttle.ts'
import type { Workspace } from './workspace.ts'

/** The outcome of submitting the waiting trials. */
export interface Submitted {
  /** The executor's numbers for the submissions, in order. */
  readonly jobs: readonly string[]
  /** The absolute paths of these submissions' batch scripts, if the executor writes any. */
  readonly scripts: readonly string[]
  /** The trials whose attempts were accepted. */
  readonly trials: readonly number[]
  /** Why the executor accepted no more trials. */
  readonly refused: string | null
  /** The source that did not answer; the outcome is determined later. */
  readonly unanswered: string | null
}

interface Submission {
  readonly workspace: Workspace
  readonly config: SweepConfig
  readonly executor: Executor
  readonly writer: JournalWriter
  readonly by: string
}

/** Determines the outcomes of submissions whose answer was lost. Needs a claim. */
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

/** Submits as many waiting trials as there is room for. Needs a claim. */
export async function submitWaiting(submission: Submission): Promise<Submitted> {
  const { config, executor, writer } = submission
  const none = { jobs: [], scripts: [], trials: [], refused: null, unanswered: null }
  const waiting = waitingIn(writer.fold)
  if (waiting.length === 0) return none
  const open = openAttempts(writer.fold, executor.name).map(([record, attempt]) => openAttempt(record, attempt))
  const limits = await executor.limits(open)
  if (!limits.answered) return { ...none, unanswered: limits.why }
  return submitGroups(submission, grouped(config, admitted(submission, waiting, limits.value), limits.value))
}

async function submitGroups(submission: Submission, groups: Group[]): Promise<Submitted> {
  const jobs: string[] = []
  const trials: number[] = []
  const scripts: string[] = []
  for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
    const limits = limitsOf(submission, group)
    if (limits === null) continue
    if (limits.throttle === 0) break
    const { chunk, outcome } = await submitGroup(submission, group, limits)
    if (!outcome.answered) return { jobs, scripts, trials, refused: null, unanswered: outcome.why }
    const { value } = outcome
    if (value.kind === 'refused') {
      if (value.isFull === true && halve(groups, group)) continue
      return { jobs, scripts, trials, refused: value.why, unanswered: null }
    }
    jobs.push(value.job)
    if (value.script !== undefined) scripts.push(value.script)
    trials.push(...chunk.attempts.map(({ i }) => i))
  }
  return { jobs, scripts, trials, refused: null, unanswered: null }
}

/**
 * Returns the conditions under which a group's trials may run; null if the group waits for trials that have not been submitted yet.
 */
function limitsOf(
  { config, executor, writer }: Submission,
  { waitsFor }: Group,
): Required<Pick<Chunk, 'throttle' | 'after'>> | null {
  const after = waitsFor === null ? [] : dependencies(config, writer.fold, waitsFor)
  if (after === null) return null
  if (executor.needsDriver) return { throttle: null, after }
  // Trials that start when others have ended take over their places.
  return { throttle: after.length > 0 ? mostAtATime(config) : throttleFor(config, writer.fold), after }
}

/** Submits one group. The intent is recorded before the submission, and the answer after it. */
async function submitGroup(
  submission: Submission,
  group: Group,
  limits: Pick<Chunk, 'throttle' | 'after'>,
): Promise<{ readonly chunk: Chunk; readonly outcome: Awaited<ReturnType<Executor['submit']>> }> {
  const { executor, writer, by } = submission
  const chunk = chunkOf(submission, group, limits)
  const { sid } = chunk
  writer.appendBy(by, intentOf(chunk, executor))
  crashPoint('intent')
  const outcome = await executor.submit(chunk)
  crashPoint('submitted')
  if (outcome.answered) {
    const { value } = outcome
    const isSent = value.kind === 'sent'
    writer.appendBy(by, isSent ? { type: 'sent', sid, job: value.job } : { type: 'unsent', sid, proof: 'refused' })
    if (isSent) crashPoint('sent')
  }
  return { chunk, outcome }
}

/** Halves a group, because a limit on the number of jobs may leave room for fewer trials. The others wait for the next tick. */
function halve(groups: Group[], group: Group): boolean {
  const placed = group.placed.slice(0, group.placed.length >> 1)
  if (placed.length === 0) return false
  groups.splice(0, groups.length, { ...group, placed })
  return true
}

/** Returns the waiting trials. Trials that were started before come first: promoted, resumed and retried trials. */
function waitingIn(fold: Fold): readonly TrialRecord[] {
  const waiting = [...fold.trials.values()].filter((record) => !record.isDropped && trialState(record) === 'waiting')
  return [...waiting.filter(hasBegun), ...waiting.filter((record) => !hasBegun(record))]
}

function hasBegun({ attempts }: TrialRecord): boolean {
  return attempts.length > 0
}

/** Returns the waiting trials that fit within the available room and the budget. */
function admitted(
  { workspace, config, writer }: Submission,
  waiting: readonly TrialRecord[],
  { places, room = Number.POSITIVE_INFINITY }: Limits,
): readonly TrialRecord[] {
  const gate = openBudgetGate(config, writer.fold, workspace.clock.now())
  const most = places?.length ?? room
  const taken: TrialRecord[] = []
  for (const record of waiting) {
    if (taken.length >= most) break
    if (gate.admits(record)) taken.push(record)
  }
  return taken
}

/** A trial with its resources and its number in the submission. */
interface Placed {
  readonly record: TrialRecord
  readonly place: Place
  readonly task: number
}

/** Trials that are submitted together. */
interface Group {
  readonly placed: readonly Placed[]
  readonly slurm: SlurmOptions | null
  /** One of its trials, if SLURM starts the group after other trials. */
  readonly waitsFor: TrialRecord['trial'] | null
}

const NO_GPUS: Place = { gpus: '' }

/**
 * Groups trials that are submitted together: trials with the same resources. Trials with a high index get separate numbers in separate
 * submissions.
 */
function grouped(config: SweepConfig, waiting: readonly TrialRecord[], { places, chunk, maxTask }: Limits): Group[] {
  if (places !== null) {
    return places.flatMap((place, at): Group[] => {
      const record = waiting[at]
      return record === undefined
        ? []
        : [{ placed: [{ record, place, task: record.trial.i }], slurm: null, waitsFor: null }]
    })
  }
  return byResources(config, waiting).flatMap(([slurm, alike]) => {
    const [first] = alike
    const waits = first !== undefined && dependencyKey(config, first.trial) !== null
    const waitsFor = waits ? first.trial : null
    const own = alike.filter(({ trial }) => trial.i <= maxTask)
    const mapped = alike.filter(({ trial }) => trial.i > maxTask)
    return [
      ...parts(own, chunk).map((part) => part.map((record) => ({ record, place: NO_GPUS, task: record.trial.i }))),
      ...parts(mapped, chunk).map((part) => part.map((record, task) => ({ record, place: NO_GPUS, task }))),
    ].map((placed) => ({ placed, slurm, waitsFor }))
  })
}

function byResources(
  config: SweepConfig,
  waiting: readonly TrialRecord[],
): readonly (readonly [SlurmOptions | null, readonly TrialRecord[]])[] {
  const groups = new Map<string, [SlurmOptions | null, TrialRecord[]]>()
  for (const record of waiting) {
    const slurm = resourcesOf(config, record)
    const key = JSON.stringify([slurm, dependencyKey(config, record.trial)])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [slurm, [record]])
    else group[1].push(record)
  }
  return [...groups.values()]
}

/** Returns the resources of a trial's task. Resources from the command line take precedence over the config. */
export function resourcesOf(config: SweepConfig, { trial, resources }: TrialRecord): SlurmOptions | null {
  const { slurm } = taskConfig(config, trial)
  return slurm === null ? null : { ...slurm, ...resources }
}

function parts<One>(all: readonly One[], size: number): readonly (readonly One[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

function chunkOf(
  { workspace, config }: Submission,
  { placed, slurm }: Group,
  { throttle, after = [] }: Pick<Chunk, 'throttle' | 'after'>,
): Chunk {
  const outer = outerEnv(workspace.paths)
  const attempts = placed.map(({ record: { trial, attempts: before }, place, task }): ChunkAttempt => {
    const n = (before.at(-1)?.n ?? 0) + 1
    const isLater = dependencyKey(config, trial) !== null && trial.parent !== undefined
    const start = { trial, n, gpus: place.gpus, ...(isLater && { needs: trial.parent }) }
    const env = attemptEnv(workspace.paths, taskConfig(config, trial), start, outer)
    return { i: trial.i, n, task, place, env }
  })
  return { sid: randomBytes(6).toString('hex'), attempts, throttle, after, slurm }
}

/**
 * Returns the submission that `run` would send first, so that its script can be shown: the trials with the same resources as the first one.
 */
export function previewChunk(
  workspace: Workspace,
  config: SweepConfig,
  trials: readonly TrialRecord['trial'][],
  attemptsOf: (i: number) => number,
): Omit<Chunk, 'sid'> {
  const outer = outerEnv(workspace.paths)
  const optionsOf = (trial: TrialRecord['trial'] | undefined): SlurmOptions | null =>
    trial === undefined ? null : taskConfig(config, trial).slurm
  const slurm = optionsOf(trials[0])
  const alike = trials.filter((trial) => JSON.stringify(optionsOf(trial)) === JSON.stringify(slurm))
  const attempts = alike.map((trial): ChunkAttempt => {
    const n = attemptsOf(trial.i) + 1
    const env = attemptEnv(workspace.paths, taskConfig(config, trial), { trial, n, gpus: '' }, outer)
    return { i: trial.i, n, task: trial.i, place: NO_GPUS, env }
  })
  return { attempts, throttle: mostAtATime(config), slurm }
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
