import { type Answer, answer, unanswered } from '../../executor/executor.ts'
import { readSacct, readSqueue, SACCT_FORMAT, type SlurmRow, SQUEUE_FORMAT } from '../../slurm/rows.ts'
import { callSlurm, silence } from './call-slurm.ts'

const ASK_MS = 20_000
const JOBS_AT_ONCE = 100

/**
 * All tasks of this user, or of all users, that the queue knows. Without job numbers: squeue fails for a number that it has
 * forgotten.
 */
export async function askQueue(whose: 'me' | 'all'): Promise<Answer<readonly SlurmRow[]>> {
  const args = ['-h', '-r', '-t', 'all', ...(whose === 'me' ? ['--me'] : []), '-o', SQUEUE_FORMAT]
  const call = await callSlurm('squeue', args, { timeoutMs: ASK_MS })
  // It prints an empty list where the controller is down, and says so on standard error only.
  if (call.code !== 0 || call.stderr.includes('error')) return unanswered(silence('squeue', call))
  return answer(readSqueue(call.stdout))
}

const DAY_SECONDS = 86_400

/**
 * How sacct is asked for jobs since a day before `oldest`, an intent. Numbers are used again, so older ones are not asked for;
 * with 0, an unknown time, sacct looks at all times.
 *
 * @param oldest Epoch seconds.
 * @param now The same.
 */
export function accountingPeriod(oldest: number, now: number): readonly string[] {
  if (oldest === 0) return ['-E', 'now']
  return ['-S', `now-${Math.ceil(now - oldest) + DAY_SECONDS}seconds`, '-E', 'now']
}

/** What the accounting knows of jobs in a {@link accountingPeriod}. */
export async function askAccounting(
  jobs: readonly string[],
  period: readonly string[],
): Promise<Answer<readonly SlurmRow[]>> {
  const rows: SlurmRow[] = []
  for (let at = 0; at < jobs.length; at += JOBS_AT_ONCE) {
    const some = jobs.slice(at, at + JOBS_AT_ONCE).join(',')
    const args = ['-n', '-P', '-X', '-a', '-j', some, ...period]
    const call = await callSlurm('sacct', [...args, `--format=${SACCT_FORMAT}`], { timeoutMs: ASK_MS })
    if (call.code !== 0 || call.stderr.includes('error')) return unanswered(silence('sacct', call))
    rows.push(...readSacct(call.stdout))
  }
  return answer(rows)
}

/** What the accounting knows of jobs of these names in a {@link accountingPeriod}. */
export async function askAccountingByName(
  names: readonly string[],
  period: readonly string[],
): Promise<Answer<readonly SlurmRow[]>> {
  const args = ['-n', '-P', '-X', '-a', `--name=${names.join(',')}`, ...period]
  const call = await callSlurm('sacct', [...args, `--format=${SACCT_FORMAT}`], { timeoutMs: ASK_MS })
  if (call.code !== 0 || call.stderr.includes('error')) return unanswered(silence('sacct', call))
  return answer(readSacct(call.stdout))
}
