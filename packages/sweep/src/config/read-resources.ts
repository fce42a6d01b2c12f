import type { LocalOptions, Retries, SlurmOptions, SlurmResources } from './config.ts'
import { RETRY_CLASSES, type RetryClass } from './config.ts'
import { type Field, type FieldReader, shown } from './field-reader.ts'
import { optional } from './optional.ts'
import { requireField } from './read-parameters.ts'

const RESOURCE_FIELDS = ['partition', 'time', 'mem', 'cpus_per_task', 'gres', 'account', 'qos', 'constraint', 'exclude']
const SLURM_FIELDS = [
  ...RESOURCE_FIELDS,
  'max_concurrent',
  'requeue',
  'signal_before',
  'on_limit',
  'lag_seconds',
  'max_queued',
  'ssh',
  'extra_args',
]

export function readSlurm(reader: FieldReader, field: Field | undefined): SlurmOptions | null {
  const fields = field === undefined ? undefined : reader.fields(field, SLURM_FIELDS)
  if (field === undefined || fields === undefined) return null
  const whole = (name: string, least: number, example: string): number | null =>
    reader.number(optional(fields, name), { whole: true, least, example }) ?? null
  const signalBefore = whole('signal_before', 1, '120')
  const onLimit = optional(fields, 'on_limit')
  if (onLimit !== undefined && !fields.has('signal_before')) {
    reader.tell(
      onLimit.node.place,
      onLimit.path,
      'needs `signal_before`: the number of seconds that a trial has to save and exit',
    )
  }
  return {
    ...{ time: '01:00:00', mem: '8G', cpusPerTask: 1 },
    ...{ gres: null, account: null, qos: null, constraint: null, exclude: null },
    ...resourcesIn(reader, fields),
    partition: reader.filledText(requireField(reader, field, fields, 'partition', 'the name of a partition')) ?? '',
    maxConcurrent: whole('max_concurrent', 1, '4'),
    requeue: readFlag(reader, optional(fields, 'requeue')),
    signalBefore,
    onLimit: reader.oneOf(onLimit, ['stop', 'requeue']) ?? 'stop',
    lagSeconds: whole('lag_seconds', 1, '180') ?? 180,
    maxQueued: whole('max_queued', 1, '500'),
    ssh: readHost(reader, optional(fields, 'ssh')),
    extraArgs: readExtraArgs(reader, optional(fields, 'extra_args'), 'sbatch', OURS),
  }
}

/** Reads a condition's `slurm` block. */
export function readSlurmResources(reader: FieldReader, field: Field | undefined): SlurmResources {
  const fields = field === undefined ? undefined : reader.fields(field, RESOURCE_FIELDS)
  return fields === undefined ? {} : resourcesIn(reader, fields)
}

function resourcesIn(reader: FieldReader, fields: ReadonlyMap<string, Field>): SlurmResources {
  const text = (name: string): string | undefined => reader.text(optional(fields, name))
  const [time, mem] = [text('time'), text('mem')]
  if (time !== undefined) check(reader, optional(fields, 'time'), TIME, time, NO_TIME)
  if (mem !== undefined) check(reader, optional(fields, 'mem'), MEMORY, mem, NO_MEMORY)
  const found = {
    partition: text('partition'),
    time,
    mem,
    cpusPerTask: reader.number(optional(fields, 'cpus_per_task'), { whole: true, least: 1, example: '4' }),
    gres: text('gres'),
    account: text('account'),
    qos: text('qos'),
    constraint: text('constraint'),
    exclude: text('exclude'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function readHost(reader: FieldReader, field: Field | undefined): string | null {
  const host = reader.filledText(field)
  if (field === undefined || host === undefined) return null
  if (/^[A-Za-z0-9][\w.@:-]*$/.test(host)) return host
  return (
    reader.tell(field.node.place, field.path, `"${host}" is not a host; use a value such as login1 or me@login1`) ??
    null
  )
}

function readFlag(reader: FieldReader, field: Field | undefined): boolean | null {
  const value = field === undefined ? undefined : reader.value(field)
  if (field === undefined || value === undefined) return null
  if (value.type === 'bool') return value.value
  return reader.tell(field.node.place, field.path, `${shown(field.node)} is not true or false`) ?? null
}

/** Returns why a string is not a SLURM time or memory size; null if it is one. */
export function resourceProblem(kind: 'time' | 'mem', text: string): string | null {
  if (kind === 'time') return TIME.test(text) ? null : NO_TIME
  return MEMORY.test(text) ? null : NO_MEMORY
}

const NO_TIME = 'is not a SLURM time; use a value such as 04:00:00 or 1-12:00:00'
const NO_MEMORY = 'is not a SLURM memory size; use a value such as 8G or 12000M'
const TIME = /^(UNLIMITED|INFINITE|\d+(:\d{1,2}){0,2}|\d+-\d{1,2}(:\d{1,2}){0,2})$/
const MEMORY = /^\d+([KMGT]B?)?$/i
const OURS = /^(--(job-name|array|output|error|open-mode|parsable|comment|wait)\b|-[JaoeW]\b)/

/** Reads options for `program` that hotcb does not set itself. */
export function readExtraArgs(
  reader: FieldReader,
  field: Field | undefined,
  program: string,
  ours: RegExp,
): readonly string[] {
  const items = reader.list(field) ?? []
  return items.flatMap((item) => {
    const text = reader.text(item)
    if (text === undefined) return []
    const { place } = item.node
    if (ours.test(text)) {
      reader.tell(place, item.path, `"${text}" is set by hotcb; remove it, and use the corresponding field instead`)
    } else if (!text.startsWith('-')) {
      reader.tell(
        place,
        item.path,
        `"${text}" is not a valid ${program} option; use an option such as ${program === 'sbatch' ? '--nice' : '-l gpu=1'}`,
      )
    }
    return [text]
  })
}

const LOCAL_FIELDS = ['max_concurrent', 'cpus_per_task', 'gpus_per_task', 'mem_per_task', 'gpus', 'kill_wait']

export function readLocal(reader: FieldReader, field: Field | undefined): LocalOptions {
  const fields = (field === undefined ? undefined : reader.fields(field, LOCAL_FIELDS)) ?? new Map<string, Field>()
  const mem = optional(fields, 'mem_per_task')
  const gpusPerTask = optional(fields, 'gpus_per_task')
  return {
    maxConcurrent: reader.number(optional(fields, 'max_concurrent'), { whole: true, least: 1, example: '2' }) ?? null,
    cpusPerTask: reader.number(optional(fields, 'cpus_per_task'), { whole: true, least: 1, example: '1' }) ?? 1,
    gpusPerTask: readShare(reader, gpusPerTask) ?? 0,
    memPerTask: mem === undefined ? null : readMemory(reader, mem),
    gpus: readGpus(reader, optional(fields, 'gpus')),
    killWait: reader.number(optional(fields, 'kill_wait'), { least: 0, example: '30' }) ?? 30,
  }
}

/** Reads a number of GPUs: a whole number, or a fraction of one GPU. */
function readShare(reader: FieldReader, field: Field | undefined): number | undefined {
  const share = reader.number(field, { least: 0, most: 64, example: '1 or 0.5' })
  if (share === undefined || field === undefined || share <= 1 || Number.isInteger(share)) return share
  return reader.tell(
    field.node.place,
    field.path,
    `${share} is neither a whole number of GPUs nor a fraction of one GPU`,
  )
}

function readGpus(reader: FieldReader, field: Field | undefined): LocalOptions['gpus'] {
  if (field === undefined || (field.node.kind === 'scalar' && field.node.text === 'auto')) return 'auto'
  if (field.node.kind !== 'list') {
    reader.tell(
      field.node.place,
      field.path,
      `${shown(field.node)} is not a list of GPUs; use auto, or a list such as [0, 1]`,
    )
    return 'auto'
  }
  if (field.node.items.length === 0) {
    reader.tell(field.node.place, field.path, 'the list is empty; name a GPU, or use auto')
  }
  const gpus = reader.texts(field) ?? []
  const again = gpus.findIndex((one, at) => gpus.indexOf(one) !== at)
  if (again >= 0) {
    const place = field.node.items[again]?.place ?? field.node.place
    reader.tell(place, `${field.path}[${again}]`, `GPU ${gpus[again]} is listed twice; remove one`)
  }
  return gpus
}

function readMemory(reader: FieldReader, field: Field): number | null {
  const text = reader.text(field)
  if (text === undefined) return null
  const bytes = MEMORY.test(text) ? memoryBytes(text) : undefined
  if (bytes !== undefined && bytes > 0) return bytes
  const remedy = 'is not a memory size; use a value such as 8G or 500M'
  return reader.tell(field.node.place, field.path, `"${text}" ${remedy}`) ?? null
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** Converts a string such as `8G` to bytes; undefined for anything else. A number without a unit is in bytes. */
export function memoryBytes(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text) ?? []
  const size = UNITS[unit.toUpperCase()]
  return digits === undefined || size === undefined ? undefined : Math.floor(Number(digits) * size)
}

function check(reader: FieldReader, field: Field | undefined, form: RegExp, text: string, message: string): void {
  if (field !== undefined && !form.test(text)) reader.tell(field.node.place, field.path, `"${text}" ${message}`)
}

const DEFAULT_RETRIES: Readonly<Record<RetryClass, number>> = {
  preempted: 5,
  node_fail: 3,
  boot_fail: 3,
  timeout: 0,
  oom: 0,
  exit: 0,
  killed: 0,
  lost: 0,
}

export function readRetries(reader: FieldReader, field: Field | undefined): Retries {
  const fields =
    (field === undefined ? undefined : reader.fields(field, [...RETRY_CLASSES, 'backoff'])) ?? new Map<string, Field>()
  const count = (name: RetryClass): number =>
    reader.number(optional(fields, name), { whole: true, least: 0, most: 100, example: '3' }) ?? DEFAULT_RETRIES[name]
  const byClass = { ...DEFAULT_RETRIES }
  for (const name of RETRY_CLASSES) byClass[name] = count(name)
  return { byClass, backoff: reader.number(optional(fields, 'backoff'), { least: 0, example: '60' }) ?? 60 }
}
