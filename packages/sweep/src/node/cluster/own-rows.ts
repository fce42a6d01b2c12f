import type { OpenAttempt } from '../../executor/executor.ts'
import { isLiveRow, type TaskRow } from '../../executor/task-row.ts'

const DAY_SECONDS = 86_400

/**
 * Returns the latest row for each attempt. A row whose job has a different submission's name, or is older, belongs to an earlier use of the
 * same job number.
 */
export function ownRows(rows: readonly TaskRow[], attempts: readonly OpenAttempt[]): Map<OpenAttempt, TaskRow> {
  const byTask = new Map<string, TaskRow[]>()
  const lists: TaskRow[] = []
  for (const row of rows) {
    const { job, tasks } = row.id
    if (tasks?.length !== 1) lists.push(row)
    else byTask.set(`${job}_${tasks[0]}`, [...(byTask.get(`${job}_${tasks[0]}`) ?? []), row])
  }
  const found = new Map<OpenAttempt, TaskRow>()
  for (const attempt of attempts) {
    const { job, task } = attempt
    const isMine = (row: TaskRow): boolean => isOwn(row, attempt)
    // An id with a truncated list represents every task without its own row. So does a live bare id, but the bare id of an ended job may
    // belong to a different task.
    const isWhole = (one: TaskRow): boolean => one.id.tasks === null && (!one.id.isBare || isLiveRow(one))
    const others = (): TaskRow | undefined => {
      const own = lists.filter((row) => row.id.job === job && isMine(row))
      return own.findLast(({ id }) => id.tasks?.includes(task)) ?? own.findLast(isWhole)
    }
    const row = (byTask.get(`${job}_${task}`) ?? []).findLast(isMine) ?? others()
    if (row !== undefined) found.set(attempt, row)
  }
  return found
}

/**
 * Returns these attempts' jobs that appear in an answer. SLURM may reuse the number of an old job for another user's job.
 */
export function ownJobs(rows: readonly TaskRow[], attempts: readonly OpenAttempt[]): ReadonlySet<string> {
  const byJob = new Map(attempts.map((attempt) => [attempt.job, attempt]))
  return new Set(
    rows.flatMap((row) => {
      const attempt = byJob.get(row.id.job)
      return attempt !== undefined && isOwn(row, attempt) ? [row.id.job] : []
    }),
  )
}

function isOwn({ jobName, submitted }: TaskRow, { sid, at }: OpenAttempt): boolean {
  const [, other] = /^hyperherd_.*-([0-9a-f]{12})$/.exec(jobName) ?? []
  if (other !== undefined && other !== sid) return false
  return submitted === null || submitted > at - DAY_SECONDS
}
