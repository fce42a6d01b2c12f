import { type Answer, answer, type OpenAttempt, type Usage, unanswered } from '../../executor/executor.ts'
import { readTaskId } from '../../slurm/array-spec.ts'
import { elapsedSeconds, slurmBytes } from '../../slurm/rows.ts'
import { accountingPeriod } from './ask-slurm.ts'
import { type CallSlurm, silence } from './call-slurm.ts'

const ASK_MS = 30_000
const FORMAT = 'JobID,State,Elapsed,MaxRSS,AveRSS,ReqMem'

/** What attempts used, by the accounting. Memory is that of the batch step, and of the largest other step. */
export async function slurmUsage(
  call: CallSlurm,
  attempts: readonly OpenAttempt[],
  now: number,
): Promise<Answer<readonly Usage[]>> {
  const jobs = [...new Set(attempts.flatMap(({ job }) => (job === null || job === '' ? [] : [job])))]
  if (jobs.length === 0) return answer([])
  const oldest = Math.min(...attempts.map(({ at }) => at))
  const args = ['-n', '-P', '-a', '-j', jobs.join(','), ...accountingPeriod(oldest, now), `--format=${FORMAT}`]
  const said = await call('sacct', args, { timeoutMs: ASK_MS })
  if (said.code !== 0) return unanswered(silence('sacct', said))
  const lines = said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'))
  return answer(attempts.flatMap((one) => usageOf(one, lines)))
}

function usageOf({ i, n, job, task }: OpenAttempt, lines: readonly (readonly string[])[]): readonly Usage[] {
  const own = lines.find(([id = '']) => {
    const read = readTaskId(id)
    return read?.job === job && (read.tasks === null || read.tasks.includes(task))
  })
  if (own === undefined) return []
  const steps = lines.filter(([id = '']) => id.startsWith(`${job}_${task}.`))
  const most = (column: number): number | null => {
    const sizes = steps.flatMap((step) => slurmBytes(step[column] ?? '') ?? [])
    return sizes.length === 0 ? null : Math.max(...sizes)
  }
  const [, state = '', elapsed = '', , , reqMem = ''] = own
  return [
    {
      i,
      n,
      state: state.split(' ')[0] ?? null,
      elapsed: elapsed === '' ? null : elapsed,
      elapsedSeconds: elapsedSeconds(elapsed),
      maxRssBytes: most(3),
      aveRssBytes: most(4),
      reqMemBytes: slurmBytes(reqMem),
    },
  ]
}
