import { type Answer, answer, type OpenAttempt, type Usage, unanswered } from '../../executor/executor.ts'
import type { TaskId } from '../../executor/task-row.ts'
import { readTaskId } from '../../slurm/array-spec.ts'
import { elapsedSeconds, slurmBytes } from '../../slurm/rows.ts'
import { type CallProgram, silence } from '../cluster/call-program.ts'
import { accountingPeriod } from './ask-slurm.ts'

const ASK_MS = 30_000
const FORMAT = 'JobID,State,Elapsed,MaxRSS,AveRSS,ReqMem'

/** What attempts used, by the accounting. Memory is that of the batch step, and of the largest other step. */
export async function slurmUsage(
  call: CallProgram,
  attempts: readonly OpenAttempt[],
  now: number,
): Promise<Answer<readonly Usage[]>> {
  const jobs = [...new Set(attempts.flatMap(({ job }) => (job === null || job === '' ? [] : [job])))]
  if (jobs.length === 0) return answer([])
  const oldest = Math.min(...attempts.map(({ at }) => at))
  const args = ['-n', '-P', '-a', '-j', jobs.join(','), ...accountingPeriod(oldest, now), `--format=${FORMAT}`]
  const said = await call('sacct', args, { timeoutMs: ASK_MS })
  if (said.code !== 0) return unanswered(silence('sacct', said))
  const rows = said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'))
  return answer(attempts.flatMap(byAttempt(rows)))
}

type Line = readonly string[]

/** Finds the rows of attempts among those of many: a large sweep has tens of thousands. */
function byAttempt(rows: readonly Line[]): (attempt: OpenAttempt) => readonly Usage[] {
  const own = new Map<string, Line>()
  const steps = new Map<string, Line[]>()
  const lists: (readonly [TaskId, Line])[] = []
  for (const row of rows) {
    const [id = ''] = row
    const [task = '', step] = id.split('.', 2)
    if (step !== undefined) {
      const known = steps.get(task)
      if (known === undefined) steps.set(task, [row])
      else known.push(row)
      continue
    }
    const read = readTaskId(id)
    if (read?.tasks?.length === 1) own.set(`${read.job}_${read.tasks[0]}`, row)
    else if (read !== undefined) lists.push([read, row])
  }
  return (attempt) => {
    const key = `${attempt.job}_${attempt.task}`
    const list = (): Line | undefined =>
      lists.find(([id]) => id.job === attempt.job && (id.tasks === null || id.tasks.includes(attempt.task)))?.[1]
    const row = own.get(key) ?? list()
    return row === undefined ? [] : [usageOf(attempt, row, steps.get(key) ?? [])]
  }
}

function usageOf({ i, n }: OpenAttempt, own: Line, steps: readonly Line[]): Usage {
  const most = (column: number): number | null => {
    const sizes = steps.flatMap((step) => slurmBytes(step[column] ?? '') ?? [])
    return sizes.length === 0 ? null : Math.max(...sizes)
  }
  const [, state = '', elapsed = '', , , reqMem = ''] = own
  return {
    i,
    n,
    state: state.split(' ')[0] ?? null,
    elapsed: elapsed === '' ? null : elapsed,
    elapsedSeconds: elapsedSeconds(elapsed),
    maxRssBytes: most(3),
    aveRssBytes: most(4),
    reqMemBytes: slurmBytes(reqMem),
  }
}
