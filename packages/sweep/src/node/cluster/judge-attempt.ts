import type { OpenAttempt } from '../../executor/executor.ts'
import { isLiveRow, type TaskRow } from '../../executor/task-row.ts'
import type { SeenFacts, SeenRow, SeenState } from '../../journal/event.ts'
import { endFacts, isOutOfMemory, stderrTail } from '../end-facts.ts'
import type { AttemptMarks } from '../marks.ts'
import type { WorkspacePaths } from '../paths.ts'

/** What each source reports about one attempt. */
export interface Sources {
  readonly queue: TaskRow | undefined
  readonly accounting: TaskRow | undefined
  readonly marks: AttemptMarks
  /** Whether the queue answered. Only then does an undefined row mean that the task is not in it. */
  readonly hasQueue: boolean
  /** Whether all sources of the cluster answered. Only then does an attempt that none of them lists count as missing. */
  readonly hasAll: boolean
  /** Whether the queue lists other tasks of the same job, which shows that its answer is complete. */
  readonly hasSiblings: boolean
}

/** The circumstances in which an attempt is judged. */
export interface JudgeContext {
  readonly paths: WorkspacePaths
  /** Epoch seconds. */
  readonly now: number
  /** The maximum time by which the accounting lags behind the queue. */
  readonly lagSeconds: number
}

/** Combines the sources' reports; null if the result is already known, or if it is too early to decide. */
export function judgeAttempt(context: JudgeContext, attempt: OpenAttempt, sources: Sources): SeenRow | null {
  const { queue, accounting, marks, hasQueue } = sources
  const { ended } = marks
  if (isLiveRow(queue)) {
    const isAgain = ended !== null && isLater(queue, ended.ts)
    if (ended === null || isAgain) {
      return liveRow(context, attempt, Math.max(attempt.r, (ended?.r ?? -1) + 1), queue, marks)
    }
    // The attempt's processes have ended but its job has not, so the controller will soon report the reason. A mark cannot distinguish a
    // time limit, or a preemption after which the job is restarted, from a program that exited normally.
    if (context.now - (ended.ts ?? 0) < context.lagSeconds) return null
  }
  const r = Math.max(attempt.r, ended?.r ?? 0)
  const end = [accounting, queue].find((row) => row !== undefined && !isLiveRow(row) && (hasQueue || !mayRestart(row)))
  if (end !== undefined) return endRow(context, attempt, r, end, marks)
  if (ended !== null) {
    const facts = endFacts(context.paths, attempt.i, marks.begun, ended)
    return changed(attempt, r, ended.code === 0 ? 'completed' : 'failed', facts)
  }
  return unendedRow(context, attempt, r, sources)
}

/** Returns the row of an attempt that is not in the queue and has no recorded end. */
function unendedRow(context: JudgeContext, attempt: OpenAttempt, r: number, sources: Sources): SeenRow | null {
  const { accounting, marks } = sources
  if (isLiveRow(accounting)) return liveRow(context, attempt, r, accounting, marks)
  if (marks.begun !== null && attempt.seen !== 'running') {
    return [attempt.i, attempt.n, r, 'running', markFacts(marks.begun)]
  }
  return sources.hasAll ? missingRow(context, attempt, r, sources) : null
}

/** Whether SLURM may restart the same job after this end. Only the queue shows that it did not. */
function mayRestart({ word }: TaskRow): boolean {
  return word === 'PREEMPTED' || word === 'NODE_FAIL' || word === 'BOOT_FAIL'
}

/** Whether a live task's row describes a later run than the one that ended. */
function isLater({ state, begun }: TaskRow, endedAt: number | null): boolean {
  return state.state === 'queued' || (begun !== null && endedAt !== null && begun > endedAt)
}

function liveRow(
  { paths }: JudgeContext,
  attempt: OpenAttempt,
  r: number,
  row: TaskRow,
  { begun, ended }: AttemptMarks,
): SeenRow | null {
  // A restarted job has a new submit time. A later mark is ahead of the queue. Both times are in whole seconds. An attempt that was running
  // and is now pending has been requeued.
  const ahead = (begun?.ts ?? 0) - (row.submitted ?? 0)
  const isOfThisRun = begun !== null && r === attempt.r && (ahead > 0 || (ahead === 0 && attempt.seen !== 'running'))
  const state = row.state.state === 'queued' && isOfThisRun ? 'running' : row.state.state
  const isAgain = state === 'queued' && (ended !== null || begun !== null)
  const facts = {
    ...(row.node !== '' && !row.node.startsWith('None') && { node: row.node }),
    ...(state === 'running' && row.begun !== null && { begun: row.begun }),
    ...(state === 'queued' && row.reason !== '' && row.reason !== 'None' && { waits: row.reason }),
    ...(isAgain && { again: restartReason(paths, attempt.i) }),
  }
  return changed(attempt, r, state, facts)
}

/** Returns why SLURM ended the last run of a job that it restarts: slurmstepd writes the reason to the task's log. */
function restartReason(paths: WorkspacePaths, i: number): string {
  const cause = /CANCELLED AT \S+ DUE TO ([A-Z ]+)/.exec(stderrTail(paths, i).split('\n').reverse().join('\n'))?.[1]
  if (cause?.startsWith('PREEMPTION')) return 'preempted'
  return cause?.startsWith('NODE FAILURE') ? 'node_fail' : 'requeued'
}

function endRow(
  { paths }: JudgeContext,
  attempt: OpenAttempt,
  r: number,
  { state, begun, ended, node }: TaskRow,
  marks: AttemptMarks,
): SeenRow | null {
  const own: SeenFacts = marks.ended === null ? {} : endFacts(paths, attempt.i, marks.begun, marks.ended)
  // The job exits with the launcher's exit code, which the wrapper has recorded. A row with a different code belongs to a different task.
  const isWrong = state.state === 'completed' && (own.code ?? 0) !== 0
  const facts: SeenFacts = {
    ...(begun !== null && { begun }),
    ...(ended !== null && { ended }),
    ...(node !== '' && !node.startsWith('None') && { node }),
    ...own,
    ...(state.state === 'failed' && { reason: state.reason ?? own.reason ?? failureOf(paths, attempt.i, marks) }),
    ...(state.state === 'cancelled' && { reason: 'outside' }),
  }
  return changed(attempt, r, isWrong ? 'failed' : state.state, facts)
}

/** Returns the failure class of a task that SLURM reports as failed and whose wrapper left no end mark. */
function failureOf(paths: WorkspacePaths, i: number, { begun }: AttemptMarks): string {
  if (begun === null) return 'launch'
  return isOutOfMemory(stderrTail(paths, i)) ? 'oom' : 'exit'
}

function markFacts(begun: NonNullable<AttemptMarks['begun']>): SeenFacts {
  return { node: begun.host, ...(begun.ts !== null && { begun: begun.ts }) }
}

/**
 * Returns the row of an attempt that neither the queue nor the accounting contains, although both answered. If this happens twice with
 * enough time in between, the attempt is lost. A task that is cancelled while it is waiting disappears from both at once. If other tasks of
 * its job are in the queue, this answer is complete.
 */
function missingRow(
  { now, lagSeconds }: JudgeContext,
  { i, n, at, seen, facts }: OpenAttempt,
  r: number,
  { marks: { begun }, hasSiblings }: Sources,
): SeenRow | null {
  const isCertain = hasSiblings && begun === null
  if (now - at < lagSeconds && !isCertain) return null
  const { missing = 0 } = facts
  if (missing === 0) return [i, n, r, seen ?? 'queued', { missing: now }]
  if (now - missing < lagSeconds && !isCertain) return null
  if (facts.recorded !== undefined) return [i, n, r, facts.recorded, {}]
  return begun !== null ? [i, n, r, 'failed', { reason: 'lost' }] : [i, n, r, 'cancelled', { reason: 'vanished' }]
}

/**
 * Returns the row of a changed attempt. Facts remain until newer ones replace them. Facts about waiting are ignored once the attempt is
 * running.
 */
function changed(attempt: OpenAttempt, r: number, state: SeenState, facts: SeenFacts): SeenRow | null {
  const { i, n, seen, r: before, facts: known } = attempt
  const isFound = (known.missing ?? 0) !== 0
  const waitsAlike = state !== 'queued' || (facts.waits === known.waits && facts.again === known.again)
  if (seen === state && before === r && waitsAlike && !isFound) return null
  return [i, n, r, state, isFound ? { ...facts, missing: 0 } : facts]
}
