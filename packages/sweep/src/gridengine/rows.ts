import type { TaskId, TaskRow, TaskState } from '../executor/task-row.ts'
import { expandTasks } from '../slurm/array-spec.ts'

/** Returns the tasks in the output of `qstat -xml`; undefined if the output was truncated. */
export function readQstat(xml: string): readonly TaskRow[] | undefined {
  if (!xml.trimEnd().endsWith('</job_info>')) return undefined
  return [...xml.matchAll(/<job_list[^>]*>([\s\S]*?)<\/job_list>/g)].flatMap(([, job = '']) => {
    const field = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(job)?.[1] ?? ''
    const id = taskId(field('JB_job_number'), field('tasks'))
    const word = field('state')
    const queue = field('queue_name')
    return {
      id,
      jobName: field('JB_name'),
      word,
      state: queueState(word),
      reason: /[Eh]/.test(word) ? word : '',
      submitted: epoch(field('JB_submission_time')),
      begun: epoch(field('JAT_start_time')),
      ended: null,
      node: queue.slice(queue.indexOf('@') + 1),
    }
  })
}

/** Returns the state of a listed task: `qw`, `hqw` and `Eqw` wait, even after a restart; every other task occupies a slot. */
function queueState(word: string): TaskState {
  return { state: word.includes('q') ? 'queued' : 'running' }
}

/** Converts a task number: Grid Engine counts tasks from 1, a sweep from 0. */
function taskId(job: string, tasks: string): TaskId {
  const list = tasks === '' || tasks === 'undefined' ? null : expandTasks(tasks)
  return { job, tasks: list?.map((task) => task - 1) ?? null, isBare: tasks === '' }
}

/** Returns the tasks in the output of `qacct -j`, which lists only ended tasks. */
export function readQacct(text: string): readonly TaskRow[] {
  return text.split(/^={10,}$/m).flatMap((record) => {
    const fields = new Map(
      [...record.matchAll(/^(\w+)[ \t]+(.*?)[ \t]*$/gm)].map(([, key = '', value = '']) => [key, value]),
    )
    const field = (name: string): string => fields.get(name) ?? ''
    if (field('jobnumber') === '') return []
    const failed = Number.parseInt(field('failed'), 10)
    return {
      id: taskId(field('jobnumber'), field('taskid')),
      jobName: field('jobname'),
      word: field('failed'),
      state: endState(failed, Number.parseInt(field('exit_status'), 10)),
      reason: '',
      submitted: epoch(field('qsub_time')),
      begun: epoch(field('start_time')),
      ended: epoch(field('end_time')),
      node: field('hostname'),
    }
  })
}

const LIMIT = 37
const KILLED = 100

/** Returns the end state. Any other `failed` code means that the task was never started. */
function endState(failed: number, exit: number): TaskState {
  if (failed === 0) return { state: exit === 0 ? 'completed' : 'failed' }
  if (failed === LIMIT) return { state: 'failed', reason: 'timeout' }
  return { state: 'failed', reason: failed === KILLED ? 'killed' : 'launch' }
}

/** Converts a local time to epoch seconds; null if there is no time. */
function epoch(text: string): number | null {
  const ms = /\d{4}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : ms / 1000
}
