import {
  type Answer,
  answer,
  type OpenAttempt,
  type Usage,
  type UsageReading,
  unanswered,
} from '../../executor/executor.ts'
import type { TaskId } from '../../executor/task-row.ts'
import { readTaskId } from '../../slurm/array-spec.ts'
import { elapsedSeconds, slurmBytes } from '../../slurm/rows.ts'
import { type CallProgram, silence } from '../cluster/call-program.ts'
import { accountingPeriod } from './ask-slurm.ts'

const ASK_MS = 120_000
const FORMAT = 'JobID,State,Elapsed,MaxRSS,AveRSS,ReqMem'

/** The number of tasks named in one call. */
const NAMED = 100

/**
 * Returns the resource usage of attempts from the accounting. Memory is reported for the batch step and for the largest other step.
 * The accounting looks up each task's steps separately, which takes 10 s or more for 10,000 tasks.
 *
 * @param withinMs After this time, no further tasks are queried. Failed tasks come first, followed by the most recently finished ones.
 */
export async function slurmUsage(
  call: CallProgram,
  attempts: readonly OpenAttempt[],
  now: number,
  withinMs: number = Number.POSITIVE_INFINITY,
): Promise<Answer<UsageReading>> {
  const sent = attempts.filter(({ job }) => job !== null && job !== '')
  const start = performance.now()
  const used: Usage[] = []
  const groups = withinMs === Number.POSITIVE_INFINITY ? [sent] : parts([...sent].sort(byInterest), NAMED)
  let asked = 0
  for (const group of groups) {
    if (asked > 0 && performance.now() - start > withinMs) break
    const found = await askUsage(call, group, now)
    if (!found.answered) return asked === 0 ? found : answer({ used, unasked: sent.length - asked })
    asked += group.length
    used.push(...found.value)
  }
  return answer({ used, unasked: sent.length - asked })
}

function parts<One>(all: readonly One[], size: number): readonly (readonly One[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))
}

function byInterest(a: OpenAttempt, b: OpenAttempt): number {
  const failed = (one: OpenAttempt): number => (one.seen === 'failed' ? 0 : 1)
  return failed(a) - failed(b) || (b.facts.ended ?? 0) - (a.facts.ended ?? 0)
}

async function askUsage(
  call: CallProgram,
  attempts: readonly OpenAttempt[],
  now: number,
): Promise<Answer<readonly Usage[]>> {
  if (attempts.length === 0) return answer([])
  const ids =
    attempts.length <= NAMED ? attempts.map(({ job, task }) => `${job}_${task}`) : attempts.map(({ job }) => job)
  const oldest = Math.min(...attempts.map(({ at }) => at))
  const args = [
    '-n',
    '-P',
    '-a',
    '-j',
    [...new Set(ids)].join(','),
    ...accountingPeriod(oldest, now),
    `--format=${FORMAT}`,
  ]
  const said = await call('sacct', args, { timeoutMs: ASK_MS })
  if (said.code !== 0) return unanswered(silence('sacct', said))
  const rows = said.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('|'))
  return answer(attempts.flatMap(byAttempt(rows)))
}

type Line = readonly string[]

/** Returns a function that finds an attempt's rows quickly: a large sweep has tens of thousands of rows. */
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
