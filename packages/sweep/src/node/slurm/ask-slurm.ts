import { type Answer, answer, unanswered } from '../../executor/executor.ts'
import type { TaskRow } from '../../executor/task-row.ts'
import { readSacct, readSqueue, SACCT_FORMAT, SQUEUE_FORMAT } from '../../slurm/rows.ts'
import { type CallProgram, type ProgramCall, silence } from '../cluster/call-program.ts'

const ASK_MS = 20_000
const JOBS_AT_ONCE = 100

/**
 * Returns all queued tasks of this user or of all users. The query names no jobs, because squeue fails for a job number that it has
 * forgotten.
 */
export async function askQueue(call: CallProgram, whose: 'me' | 'all'): Promise<Answer<readonly TaskRow[]>> {
  const args = ['-h', '-r', '-t', 'all', ...(whose === 'me' ? ['--me'] : []), '-o', SQUEUE_FORMAT]
  const said = await whileUp(call, (signal) => call('squeue', args, { timeoutMs: ASK_MS, signal }))
  if (typeof said === 'string') return unanswered(said)
  // If the controller is down, squeue prints an empty list and reports the problem only to standard error.
  if (said.code !== 0 || said.stderr.includes('error')) return unanswered(silence('squeue', said))
  return answer(readSqueue(said.stdout))
}

const DAY_SECONDS = 86_400

/**
 * Returns the arguments that make sacct list jobs since one day before `oldest`, the time of an intent. SLURM reuses job numbers, so older
 * jobs are excluded. With 0, for an unknown time, sacct searches all times.
 *
 * @param oldest Epoch seconds.
 * @param now Epoch seconds.
 */
export function accountingPeriod(oldest: number, now: number): readonly string[] {
  if (oldest === 0) return ['-E', 'now']
  return ['-S', `now-${Math.ceil(now - oldest) + DAY_SECONDS}seconds`, '-E', 'now']
}

/** Returns the accounting rows of jobs in an {@link accountingPeriod}. */
export async function askAccounting(
  call: CallProgram,
  jobs: readonly string[],
  period: readonly string[],
): Promise<Answer<readonly TaskRow[]>> {
  const rows: TaskRow[] = []
  for (let at = 0; at < jobs.length; at += JOBS_AT_ONCE) {
    const some = jobs.slice(at, at + JOBS_AT_ONCE).join(',')
    const args = ['-n', '-P', '-X', '-a', '-j', some, ...period]
    const said = await call('sacct', [...args, `--format=${SACCT_FORMAT}`], { timeoutMs: ASK_MS })
    if (said.code !== 0 || said.stderr.includes('error')) return unanswered(silence('sacct', said))
    rows.push(...readSacct(said.stdout))
  }
  return answer(rows)
}

/** Returns the accounting rows of jobs with these names in an {@link accountingPeriod}. */
export async function askAccountingByName(
  call: CallProgram,
  names: readonly string[],
  period: readonly string[],
): Promise<Answer<readonly TaskRow[]>> {
  const args = ['-n', '-P', '-X', '-a', `--name=${names.join(',')}`, ...period]
  const said = await call('sacct', [...args, `--format=${SACCT_FORMAT}`], { timeoutMs: ASK_MS })
  if (said.code !== 0 || said.stderr.includes('error')) return unanswered(silence('sacct', said))
  return answer(readSacct(said.stdout))
}

/**
 * Queries the controller, and stops as soon as a ping reports that it is down, because clients keep trying for up to two minutes. The ping
 * costs no extra time because it runs concurrently.
 */
async function whileUp(
  call: CallProgram,
  ask: (signal: AbortSignal) => Promise<ProgramCall>,
): Promise<ProgramCall | string> {
  const controller = new AbortController()
  const asked = ask(controller.signal)
  const down = call('scontrol', ['ping'], { timeoutMs: ASK_MS }).then(({ code, stdout }) =>
    code !== 0 && stdout.includes('DOWN') && !stdout.includes(' UP') ? 'slurmctld does not answer' : null,
  )
  const first = await Promise.race([asked, down])
  if (typeof first !== 'string') return asked
  controller.abort()
  await asked
  return first
}
