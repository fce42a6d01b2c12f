import { type Field, type FieldReader, memoryBytes, optional, resourceProblem } from '@hotcb/sweep'

/** The limits on what the monitor does without approval when trials fail. */
export interface TriageLimits {
  /** `notify`: it only reports and asks; it does not start trials. */
  readonly onFailure: 'remediate' | 'notify'
  /** The maximum memory of a trial, such as `64G`; null if more memory always needs approval. */
  readonly maxMem: string | null
  /** The maximum time limit, such as `24:00:00`; null if more time always needs approval. */
  readonly maxTime: string | null
  /** The maximum number of times that the monitor restarts one trial, across all failure classes. */
  readonly maxRetries: number
  /** The number of minutes without a sign of life after which a running trial is reported; 0: never. */
  readonly stallMinutes: number
}

export function readLimits(reader: FieldReader, fields: ReadonlyMap<string, Field>): TriageLimits {
  return {
    onFailure: reader.oneOf(optional(fields, 'on_failure'), ['remediate', 'notify']) ?? 'remediate',
    maxMem: resource(reader, optional(fields, 'max_mem'), 'mem'),
    maxTime: resource(reader, optional(fields, 'max_time'), 'time'),
    maxRetries: reader.number(optional(fields, 'max_retries'), { whole: true, least: 0, most: 20 }) ?? 2,
    stallMinutes: reader.number(optional(fields, 'stall_minutes'), { least: 0 }) ?? 30,
  }
}

function resource(reader: FieldReader, field: Field | undefined, kind: 'mem' | 'time'): string | null {
  const text = reader.text(field)
  if (field === undefined || text === undefined) return null
  const isOpen = kind === 'mem' ? memoryBytes(text) === undefined : /^[A-Z]+$/.test(text)
  const problem = isOpen ? 'is not a limit such as 64G or 24:00:00' : resourceProblem(kind, text)
  if (problem === null) return text
  return reader.tell(field.node.place, field.path, `"${text}" ${problem}`) ?? null
}
