import type { TaskId, TaskRow, TaskState } from '../executor/task-row.ts'
import { expandTasks } from '../slurm/array-spec.ts'

/** The tasks in the answer of `qstat -xml`; undefined if it was cut. */
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

/** `qw`, `hqw` and `Eqw` wait, also after a restart; every other listed task occupies a slot. */
function queueState(word: string): TaskState {
  return { state: word.includes('q') ? 'queued' : 'running' }
}

/** Tasks are counted from 1 there, from 0 here. */
function taskId(job: string, tasks: string): TaskId {
  const list = tasks === '' || tasks === 'undefined' ? null : expandTasks(tasks)
  return { job, tasks: list?.map((task) => task - 1) ?? null, isBare: tasks === '' }
}

/** The tasks in the answer of `qacct -j`: those that have ended. */
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

/** Any other code of `failed` means that the task was never started. */
function endState(failed: number, exit: number): TaskState {
  if (failed === 0) return { state: exit === 0 ? 'completed' : 'failed' }
  if (failed === LIMIT) return { state: 'failed', reason: 'timeout' }
  return { state: 'failed', reason: failed === KILLED ? 'killed' : 'launch' }
}

/** Epoch seconds of a local time; null if there is none. */
function epoch(text: string): number | null {
  const ms = /\d{4}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : ms / 1000
}
