import type { Answer, Observation, OpenAttempt } from '../../executor/executor.ts'
import { isLiveRow, type TaskRow } from '../../executor/task-row.ts'
import type { SeenRow } from '../../journal/event.ts'
import { type CallProgram, programCaller } from '../cluster/call-program.ts'
import { judgeAttempt } from '../cluster/judge-attempt.ts'
import { ownJobs, ownRows } from '../cluster/own-rows.ts'
import { hasProgram } from '../has-program.ts'
import { type AttemptMarks, readMarks } from '../marks.ts'
import { accountingPeriod, askAccounting, askQueue } from './ask-slurm.ts'
import { clusterFacts } from './limits.ts'
import type { SlurmSweep } from './slurm-executor.ts'

/** Returns new facts about attempts from the marks, the queue and the accounting. A source that does not answer proves nothing. */
export async function observeSlurm(sweep: SlurmSweep, open: readonly OpenAttempt[]): Promise<Observation> {
  const sent = open.filter(({ job }) => job !== null)
  if (sent.length === 0) return { rows: [], silent: [] }
  const now = sweep.now()
  const call = programCaller(sweep.options.ssh)
  const marks = readMarks(
    sweep.paths.marks,
    sent.map(({ i, n }) => [i, n] as const),
  )
  const { queue, queued, rest, accounting } = await askAll(call, sent, now)
  const accounted = accounting.answered ? ownRows(accounting.value, rest) : new Map<OpenAttempt, TaskRow>()
  const { hasAccounting } = await clusterFacts(sweep)
  const isSilent = hasAccounting && !accounting.answered
  const silent = [
    ...(queue.answered ? [] : [{ source: 'squeue', why: queue.why }]),
    ...(isSilent ? [{ source: 'sacct', why: accounting.why }] : []),
  ]
  const isFar = sweep.options.ssh === null && !hasProgram('squeue') && !hasProgram('sacct')
  if (isFar) return { rows: sent.flatMap(recordedRow), silent }
  const jobs = ownJobs(queue.answered ? queue.value : [], sent)
  const context = { paths: sweep.paths, now, lagSeconds: sweep.options.lagSeconds }
  const rows = sent.flatMap((attempt): readonly SeenRow[] => {
    const sources = {
      queue: queued.get(attempt),
      accounting: accounted.get(attempt),
      marks: marksOf(marks, attempt),
      hasQueue: queue.answered,
      hasAll: queue.answered && !isSilent,
      hasSiblings: jobs.has(attempt.job ?? ''),
    }
    const row = judgeAttempt(context, attempt, sources)
    return row === null ? [] : [row]
  })
  return { rows, silent }
}

interface Asked {
  readonly queue: Answer<readonly TaskRow[]>
  readonly queued: ReadonlyMap<OpenAttempt, TaskRow>
  /** The attempts that the queue does not list as live. */
  readonly rest: readonly OpenAttempt[]
  readonly accounting: Answer<readonly TaskRow[]>
}

/**
 * Returns this user's queue, and the accounting rows of the attempts that it does not list. Another user of the workspace may have
 * submitted the rest, so the queue of all users is queried at the same time.
 */
async function askAll(call: CallProgram, sent: readonly OpenAttempt[], now: number): Promise<Asked> {
  const none: ReadonlyMap<OpenAttempt, TaskRow> = new Map()
  const own = await askQueue(call, 'me')
  const ownQueued = own.answered ? ownRows(own.value, sent) : none
  const isWhole = !own.answered || ownQueued.size === sent.length
  const missing = sent.filter((one) => !isLiveRow(ownQueued.get(one)))
  const [queue, accounting] = await Promise.all([
    isWhole ? own : askQueue(call, 'all'),
    askAbout(call, missing, sent, now),
  ])
  const queued = queue.answered ? ownRows(queue.value, sent) : none
  return { queue, queued, rest: missing.filter((one) => !isLiveRow(queued.get(one))), accounting }
}

async function askAbout(
  call: CallProgram,
  rest: readonly OpenAttempt[],
  sent: readonly OpenAttempt[],
  now: number,
): Promise<Answer<readonly TaskRow[]>> {
  const jobs = [...new Set(rest.flatMap(({ job }) => job ?? []))]
  return askAccounting(call, jobs, accountingPeriod(Math.min(...sent.map(({ at }) => at)), now))
}

function marksOf(marks: ReadonlyMap<string, AttemptMarks>, { i, n }: OpenAttempt): AttemptMarks {
  return marks.get(`${i}-${n}`) ?? { begun: null, ended: null }
}

/** Returns the row from HyperHerd's record, which is the only information available without access to the cluster. */
function recordedRow({ i, n, r, facts: { recorded } }: OpenAttempt): readonly SeenRow[] {
  return recorded === undefined ? [] : [[i, n, r, recorded, {}]]
}
