import type { GridEngineOptions } from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { optional } from './optional.ts'
import { readExtraArgs } from './read-resources.ts'

const FIELDS = [
  'queue',
  'time',
  'mem',
  'cpus_per_task',
  'gpus_per_task',
  'parallel_environment',
  'project',
  'max_concurrent',
  'lag_seconds',
  'max_queued',
  'extra_args',
]

const TIME = /^(\d+|\d+:\d{1,2}:\d{1,2})$/
const MEMORY = /^\d+[KMGkmg]?$/
const OURS = /^-(terse|C|N|t|tc|wd|cwd|S|o|e|j|r|V|b|sync|now)\b/

export function readGridEngine(reader: FieldReader, field: Field | undefined): GridEngineOptions | null {
  const fields = field === undefined ? undefined : reader.fields(field, FIELDS)
  if (fields === undefined) return null
  const text = (name: string): string | null => reader.filledText(optional(fields, name)) ?? null
  const whole = (name: string, least: number, example: string): number | null =>
    reader.number(optional(fields, name), { whole: true, least, example }) ?? null
  const formed = (name: string, form: RegExp, remedy: string): string | null => {
    const [given, value] = [optional(fields, name), text(name)]
    if (given !== undefined && value !== null && !form.test(value)) {
      reader.tell(given.node.place, given.path, `"${value}" ${remedy}`)
    }
    return value
  }
  const cpus = optional(fields, 'cpus_per_task')
  const cpusPerTask = whole('cpus_per_task', 1, '4') ?? 1
  if (cpus !== undefined && cpusPerTask > 1 && !fields.has('parallel_environment')) {
    const remedy = 'needs `parallel_environment: NAME`; run `qconf -spl` to list the available environments'
    reader.tell(cpus.node.place, cpus.path, `${cpusPerTask} ${remedy}`)
  }
  return {
    queue: text('queue'),
    time: formed('time', TIME, 'is not a Grid Engine time; use a value such as 04:00:00'),
    mem: formed('mem', MEMORY, 'is not a Grid Engine memory size; use a value such as 8G'),
    cpusPerTask,
    gpusPerTask: whole('gpus_per_task', 0, '1') ?? 0,
    parallelEnvironment: text('parallel_environment'),
    project: text('project'),
    maxConcurrent: whole('max_concurrent', 1, '4'),
    lagSeconds: whole('lag_seconds', 1, '60') ?? 60,
    maxQueued: whole('max_queued', 1, '500'),
    extraArgs: readExtraArgs(reader, optional(fields, 'extra_args'), 'qsub', OURS),
  }
}
