import type { LocalOptions, Retries, SlurmOptions } from './config.ts'
import { RETRY_CLASSES, type RetryClass } from './config.ts'
import { type Field, type FieldReader, shown } from './field-reader.ts'
import { optional } from './optional.ts'
import { requireField } from './read-parameters.ts'

const SLURM_FIELDS = [
  'partition',
  'time',
  'mem',
  'cpus_per_task',
  'gres',
  'account',
  'qos',
  'constraint',
  'exclude',
  'max_concurrent',
  'extra_args',
]

export function readSlurm(reader: FieldReader, field: Field | undefined): SlurmOptions | null {
  const fields = field === undefined ? undefined : reader.fields(field, SLURM_FIELDS)
  if (field === undefined || fields === undefined) return null
  const text = (name: string): string | null => reader.text(optional(fields, name)) ?? null
  const time = reader.text(optional(fields, 'time')) ?? '01:00:00'
  const mem = reader.text(optional(fields, 'mem')) ?? '8G'
  check(reader, optional(fields, 'time'), TIME, time, NO_TIME)
  check(reader, optional(fields, 'mem'), MEMORY, mem, NO_MEMORY)
  const extraArgs = readExtraArgs(reader, optional(fields, 'extra_args'))
  return {
    partition: reader.filledText(requireField(reader, field, fields, 'partition', 'the name of a partition')) ?? '',
    time,
    mem,
    cpusPerTask: reader.number(optional(fields, 'cpus_per_task'), { whole: true, least: 1, example: '4' }) ?? 1,
    gres: text('gres'),
    account: text('account'),
    qos: text('qos'),
    constraint: text('constraint'),
    exclude: text('exclude'),
    maxConcurrent: reader.number(optional(fields, 'max_concurrent'), { whole: true, least: 1, example: '4' }) ?? null,
    extraArgs,
  }
}

/** Why a text is no time or memory of SLURM; null where it is. */
export function resourceProblem(kind: 'time' | 'mem', text: string): string | null {
  if (kind === 'time') return TIME.test(text) ? null : NO_TIME
  return MEMORY.test(text) ? null : NO_MEMORY
}

const NO_TIME = 'is not a time of SLURM; write one such as 04:00:00 or 1-12:00:00'
const NO_MEMORY = 'is not a memory of SLURM; write a whole number such as 8G or 12000M'
const TIME = /^(UNLIMITED|INFINITE|\d+(:\d{1,2}){0,2}|\d+-\d{1,2}(:\d{1,2}){0,2})$/
const MEMORY = /^\d+([KMGT]B?)?$/i
const OURS = /^(--(job-name|array|output|error|open-mode|parsable|comment|wait)\b|-[JaoeW]\b)/

function readExtraArgs(reader: FieldReader, field: Field | undefined): readonly string[] {
  const items = reader.list(field) ?? []
  return items.flatMap((item) => {
    const text = reader.text(item)
    if (text === undefined) return []
    const { place } = item.node
    if (OURS.test(text)) {
      reader.tell(place, item.path, `"${text}" is set by hotcb; take it out, or use the field of its own`)
    } else if (!text.startsWith('-')) {
      reader.tell(place, item.path, `"${text}" is no option of sbatch; write one such as --nice`)
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

/** Whole GPUs, or a part of one. */
function readShare(reader: FieldReader, field: Field | undefined): number | undefined {
  const share = reader.number(field, { least: 0, most: 64, example: '1 or 0.5' })
  if (share === undefined || field === undefined || share <= 1 || Number.isInteger(share)) return share
  return reader.tell(field.node.place, field.path, `${share} is not a whole number of GPUs, nor a part of one`)
}

function readGpus(reader: FieldReader, field: Field | undefined): LocalOptions['gpus'] {
  if (field === undefined || (field.node.kind === 'scalar' && field.node.text === 'auto')) return 'auto'
  if (field.node.kind !== 'list') {
    reader.tell(field.node.place, field.path, `${shown(field.node)} is not a list of GPUs; write auto, or [0, 1]`)
    return 'auto'
  }
  if (field.node.items.length === 0) {
    reader.tell(field.node.place, field.path, 'the list is empty; name a GPU, or write auto')
  }
  const gpus = reader.texts(field) ?? []
  const again = gpus.findIndex((one, at) => gpus.indexOf(one) !== at)
  if (again >= 0) {
    const place = field.node.items[again]?.place ?? field.node.place
    reader.tell(place, `${field.path}[${again}]`, `GPU ${gpus[again]} is here twice; take one out`)
  }
  return gpus
}

function readMemory(reader: FieldReader, field: Field): number | null {
  const text = reader.text(field)
  if (text === undefined) return null
  const bytes = MEMORY.test(text) ? memoryBytes(text) : undefined
  if (bytes !== undefined && bytes > 0) return bytes
  const remedy = 'is not a memory; write a whole number such as 8G or 500M'
  return reader.tell(field.node.place, field.path, `"${text}" ${remedy}`) ?? null
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** Bytes of a text such as `8G`; undefined for anything else. A number alone is bytes. */
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
