import { type Absent, type Answer, answer, type OpenSubmission, type Sent } from '../../executor/executor.ts'
import { programCaller } from '../cluster/call-program.ts'
import { SUBMIT_SECONDS, sentByMarks } from '../cluster/sent-by-marks.ts'
import { accountingPeriod, askAccountingByName, askQueue } from './ask-slurm.ts'
import { clusterFacts } from './limits.ts'
import type { SlurmSweep } from './slurm-executor.ts'

/**
 * Returns the outcomes of submissions whose answer was lost. A mark or a job with that name proves that a submission was sent. It is
 * certain not to have been sent only if the queue does not list it, no sbatch of ours can still be running, and either the queue cannot
 * have forgotten it yet or the accounting does not list it either.
 */
export async function findSubmissions(
  sweep: SlurmSweep,
  submissions: readonly OpenSubmission[],
): Promise<Answer<ReadonlyMap<string, Sent | Absent>>> {
  const found = new Map<string, Sent | Absent>(sentByMarks(sweep.paths.marks, submissions))
  const open = submissions.filter(({ sid }) => !found.has(sid))
  if (open.length === 0) return answer(found)
  const call = programCaller(sweep.options.ssh)
  const queue = await askQueue(call, 'all')
  if (!queue.answered) return found.size > 0 ? answer(found) : queue
  const nameOf = (sid: string): string => `hyperherd_${sweep.name}-${sid}`
  const byName = new Map(queue.value.map(({ jobName, id }) => [jobName, id.job]))
  const now = sweep.now()
  const oldest = Math.min(...open.map(({ at }) => at))
  const names = open.map(({ sid }) => nameOf(sid))
  const accounting = await askAccountingByName(call, names, accountingPeriod(oldest, now))
  if (accounting.answered) for (const { jobName, id } of accounting.value) byName.set(jobName, id.job)
  const { minJobAge, hasAccounting } = await clusterFacts(sweep)
  for (const { sid, at } of open) {
    const job = byName.get(nameOf(sid))
    const age = now - at
    const isAbsent = age > SUBMIT_SECONDS && (age < minJobAge || accounting.answered || !hasAccounting)
    if (job !== undefined) found.set(sid, { kind: 'sent', job })
    else if (isAbsent) found.set(sid, { kind: 'absent' })
  }
  return answer(found)
}
