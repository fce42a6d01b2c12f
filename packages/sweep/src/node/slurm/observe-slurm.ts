import type { Observation, OpenAttempt } from '../../executor/executor.ts'
import type { SeenFacts, SeenRow, SeenState } from '../../journal/event.ts'
import type { SlurmRow } from '../../slurm/rows.ts'
import { endFacts } from '../end-facts.ts'
import { hasProgram } from '../has-program.ts'
import { type AttemptMarks, readMarks } from '../marks.ts'
import type { WorkspacePaths } from '../paths.ts'
import { accountingPeriod, askAccounting, askQueue } from './ask-slurm.ts'
import { clusterFacts } from './limits.ts'
import type { SlurmSweep } from './slurm-executor.ts'

/** So long the accounting may lag behind the queue. */
const LAG_SECONDS = 180
const DAY_SECONDS = 86_400

/** What marks, queue and accounting say of attempts that is new. Who does not answer says nothing. */
export async function observeSlurm(sweep: SlurmSweep, open: readonly OpenAttempt[]): Promise<Observation> {
  const sent = open.filter(({ job }) => job !== null)
  if (sent.length === 0) return { rows: [], silent: [] }
  const now = sweep.now()
  const marks = readMarks(
    sweep.paths.marks,
    sent.map(({ i, n }) => [i, n] as const),
  )
  const queue = await askQueue()
  const queued = queue.answered ? ownRows(queue.value, sent) : new Map<OpenAttempt, SlurmRow>()
  const rest = sent.filter((one) => !isLiveRow(queued.get(one)))
  const jobs = [...new Set(rest.flatMap(({ job }) => job ?? []))]
  const oldest = Math.min(...sent.map(({ at }) => at))
  const accounting = await askAccounting(jobs, accountingPeriod(oldest, now))
  const accounted = accounting.answered ? ownRows(accounting.value, rest) : new Map<OpenAttempt, SlurmRow>()
  const { hasAccounting } = await clusterFacts(sweep)
  const canMiss = queue.answered && (accounting.answered || !hasAccounting)
  const silent = [
    ...(queue.answered ? [] : [{ source: 'squeue', why: queue.why }]),
    ...(accounting.answered || !hasAccounting ? [] : [{ source: 'sacct', why: accounting.why }]),
  ]
  if (!hasProgram('squeue') && !hasProgram('sacct')) return { rows: sent.flatMap(recordedRow), silent }
  const rows = sent.flatMap((attempt) => {
    const sources = { queue: queued.get(attempt), accounting: accounted.get(attempt), marks: marksOf(marks, attempt) }
    const row = rowOf(sweep.paths, attempt, sources, canMiss ? now : null)
    return row === null ? [] : [row]
  })
  return { rows, silent }
}

function marksOf(marks: ReadonlyMap<string, AttemptMarks>, { i, n }: OpenAttempt): AttemptMarks {
  return marks.get(`${i}-${n}`) ?? { begun: null, ended: null }
}

/** The newest row about each attempt. A job with the name of another submission, or an older one, has a number again. */
function ownRows(rows: readonly SlurmRow[], attempts: readonly OpenAttempt[]): Map<OpenAttempt, SlurmRow> {
  const byJob = new Map<string, SlurmRow[]>()
  for (const row of rows) byJob.set(row.id.job, [...(byJob.get(row.id.job) ?? []), row])
  const found = new Map<OpenAttempt, SlurmRow>()
  for (const attempt of attempts) {
    const own = (byJob.get(attempt.job ?? '') ?? []).filter((row) => isOwn(row, attempt))
    const exact = own.findLast(({ id }) => id.tasks?.includes(attempt.task))
    // A bare id, or a list that was cut, means every task without a row of its own.
    const row = exact ?? own.findLast(({ id }) => id.tasks === null)
    if (row !== undefined) found.set(attempt, row)
  }
  return found
}

function isOwn({ jobName, submitted }: SlurmRow, { sid, at }: OpenAttempt): boolean {
  const [, other] = /^hyperherd_.*-([0-9a-f]{12})$/.exec(jobName) ?? []
  if (other !== undefined && other !== sid) return false
  return submitted === null || submitted > at - DAY_SECONDS
}

function isLiveRow(row: SlurmRow | undefined): row is SlurmRow {
  return row !== undefined && (row.state.state === 'queued' || row.state.state === 'running')
}

interface Sources {
  readonly queue: SlurmRow | undefined
  readonly accounting: SlurmRow | undefined
  readonly marks: AttemptMarks
}

/** What the sources say together; null where that is known. `now` is given where everybody answered. */
function rowOf(paths: WorkspacePaths, attempt: OpenAttempt, sources: Sources, now: number | null): SeenRow | null {
  const { queue, accounting, marks } = sources
  const { ended, begun } = marks
  const { i, n } = attempt
  const isAgain = ended !== null && isLiveRow(queue) && isLater(queue, ended.ts)
  const r = Math.max(attempt.r, (ended?.r ?? 0) + (isAgain ? 1 : 0))
  if (isLiveRow(queue) && (ended === null || isAgain)) return liveRow(attempt, r, queue, begun)
  const end = [accounting, queue].find((row) => row !== undefined && !isLiveRow(row))
  if (end !== undefined) return endRow(paths, attempt, r, end, marks)
  if (ended !== null) {
    return changed(attempt, r, ended.code === 0 ? 'completed' : 'failed', endFacts(paths, i, begun, ended))
  }
  if (begun !== null && attempt.seen !== 'running') return [i, n, r, 'running', markFacts(begun)]
  if (isLiveRow(accounting)) return liveRow(attempt, r, accounting, begun)
  return now === null ? null : missingRow(attempt, r, begun !== null, now)
}

/** Whether a live row is about a run after the one that ended. */
function isLater({ state, begun }: SlurmRow, endedAt: number | null): boolean {
  return state.state === 'queued' || (begun !== null && endedAt !== null && begun > endedAt)
}

function liveRow(attempt: OpenAttempt, r: number, row: SlurmRow, begun: AttemptMarks['begun']): SeenRow | null {
  // The mark is ahead of the queue.
  const state = row.state.state === 'queued' && begun !== null && r === attempt.r ? 'running' : row.state.state
  const waits = state === 'queued' && row.reason !== '' && row.reason !== 'None' ? { waits: row.reason } : {}
  const facts = {
    ...(row.node !== '' && !row.node.startsWith('None') && { node: row.node }),
    ...(state === 'running' && row.begun !== null && { begun: row.begun }),
    ...waits,
  }
  return changed(attempt, r, state, facts)
}

function endRow(
  paths: WorkspacePaths,
  attempt: OpenAttempt,
  r: number,
  { state, begun, ended, node }: SlurmRow,
  marks: AttemptMarks,
): SeenRow | null {
  const own = marks.ended === null ? {} : endFacts(paths, attempt.i, marks.begun, marks.ended)
  const facts: SeenFacts = {
    ...(begun !== null && { begun }),
    ...(ended !== null && { ended }),
    ...(node !== '' && !node.startsWith('None') && { node }),
    ...own,
    ...(state.state === 'failed' && { reason: state.reason ?? own.reason ?? 'exit' }),
  }
  return changed(attempt, r, state.state, facts)
}

function markFacts(begun: NonNullable<AttemptMarks['begun']>): SeenFacts {
  return { node: begun.host, ...(begun.ts !== null && { begun: begun.ts }) }
}

/** Neither the queue nor the accounting knows it, although both answered: twice, and long enough apart, it is gone. */
function missingRow({ i, n, at, seen, facts }: OpenAttempt, r: number, hasBegun: boolean, now: number): SeenRow | null {
  if (now - at < LAG_SECONDS) return null
  if (facts.missing === undefined) return [i, n, r, seen ?? 'queued', { missing: now }]
  if (now - facts.missing < LAG_SECONDS) return null
  if (facts.recorded !== undefined) return [i, n, r, facts.recorded, {}]
  return hasBegun ? [i, n, r, 'failed', { reason: 'lost' }] : [i, n, r, 'cancelled', { reason: 'vanished' }]
}

/** Far from the cluster, what HyperHerd had recorded is all that there is. */
function recordedRow({ i, n, r, facts: { recorded } }: OpenAttempt): readonly SeenRow[] {
  return recorded === undefined ? [] : [[i, n, r, recorded, {}]]
}

function changed(attempt: OpenAttempt, r: number, state: SeenState, facts: SeenFacts): SeenRow | null {
  const { seen, r: before, facts: known } = attempt
  if (seen === state && before === r && facts.waits === known.waits) return null
  return [attempt.i, attempt.n, r, state, facts]
}
