import { answer, type Observation, type OpenAttempt } from '../../executor/executor.ts'
import { isLiveRow, type TaskRow } from '../../executor/task-row.ts'
import type { SeenRow } from '../../journal/event.ts'
import type { CallProgram } from '../cluster/call-program.ts'
import { judgeAttempt } from '../cluster/judge-attempt.ts'
import { ownJobs, ownRows } from '../cluster/own-rows.ts'
import { readMarks } from '../marks.ts'
import { askGridAccounting, askGridQueue } from './ask-grid.ts'
import type { GridSweep } from './grid-executor.ts'

/**
 * Returns new facts about attempts from the marks, the queue and the accounting. `qacct` reads the accounting of the whole site, so it is
 * called only for jobs that left the queue without an end mark.
 */
export async function observeGrid(
  call: CallProgram,
  sweep: GridSweep,
  open: readonly OpenAttempt[],
): Promise<Observation> {
  const sent = open.filter(({ job }) => job !== null)
  if (sent.length === 0) return { rows: [], silent: [] }
  const marks = readMarks(
    sweep.paths.marks,
    sent.map(({ i, n }) => [i, n] as const),
  )
  const marksOf = ({ i, n }: OpenAttempt) => marks.get(`${i}-${n}`) ?? { begun: null, ended: null }
  const queue = await askGridQueue(call)
  const queued = queue.answered ? ownRows(queue.value, sent) : new Map<OpenAttempt, TaskRow>()
  const unclear = sent.filter((one) => !isLiveRow(queued.get(one)) && marksOf(one).ended === null)
  const jobs = queue.answered ? [...new Set(unclear.flatMap(({ job }) => job ?? []))] : []
  const accounting = jobs.length === 0 ? answer([]) : await askGridAccounting(call, jobs)
  const accounted = ownRows(accounting.answered ? (accounting.value ?? []) : [], unclear)
  const inQueue = ownJobs(queue.answered ? queue.value : [], sent)
  const context = { paths: sweep.paths, now: sweep.now(), lagSeconds: sweep.options.lagSeconds }
  const rows = sent.flatMap((attempt): readonly SeenRow[] => {
    const row = judgeAttempt(context, attempt, {
      queue: queued.get(attempt),
      accounting: accounted.get(attempt),
      marks: marksOf(attempt),
      hasQueue: queue.answered,
      hasAll: queue.answered && accounting.answered,
      hasSiblings: inQueue.has(attempt.job ?? ''),
    })
    return row === null ? [] : [row]
  })
  return {
    rows,
    silent: [
      ...(queue.answered ? [] : [{ source: 'qstat', why: queue.why }]),
      ...(accounting.answered ? [] : [{ source: 'qacct', why: accounting.why }]),
    ],
  }
}
