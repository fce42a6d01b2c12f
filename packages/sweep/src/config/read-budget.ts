import type { Budget } from './config.ts'
import type { Field, FieldReader } from './field-reader.ts'
import { optional } from './optional.ts'

export function readBudget(reader: FieldReader, field: Field | undefined): Budget | null {
  const known = ['gpu_hours', 'cpu_hours', 'trials', 'until', 'hard']
  const fields = field === undefined ? undefined : reader.fields(field, known)
  if (field === undefined || fields === undefined) return null
  const hours = (name: string): number | null =>
    reader.number(optional(fields, name), { above: 0, example: '24' }) ?? null
  const trials = reader.number(optional(fields, 'trials'), { whole: true, least: 1, example: '50' }) ?? null
  const budget = {
    gpuHours: hours('gpu_hours'),
    cpuHours: hours('cpu_hours'),
    trials,
    until: readTime(reader, optional(fields, 'until')),
    isHard: reader.oneOf(optional(fields, 'hard'), ['true', 'false']) === 'true',
  }
  const limits = known.filter((name) => name !== 'hard')
  // An unknown field is likely a misspelled limit, and is already reported.
  if (limits.every((name) => !fields.has(name)) && [...fields.keys()].every((name) => known.includes(name))) {
    reader.tell(field.node.place, field.path, 'sets no limit; use gpu_hours, cpu_hours, trials or until')
  }
  return budget
}

function readTime(reader: FieldReader, field: Field | undefined): number | null {
  const text = reader.text(field)
  if (text === undefined || field === undefined) return null
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  const ms = isDay(day) ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return ms / 1000
  const example = '2030-01-31T18:00:00Z'
  return reader.tell(field.node.place, field.path, `"${text}" is not a time; use a value such as "${example}"`) ?? null
}

/** Checks that a date exists, because JavaScript reads February 31 as March 3. */
function isDay(text: string): boolean {
  const ms = Date.parse(text)
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text)
}
