import { FieldReader } from './fields.ts'
import { isObject, type JsonObject } from './json.ts'
import { ok, type Result } from './result.ts'
import { formatLine } from './text.ts'

/** One line of `hotcb.metrics.jsonl`. A value that was not finite is null. */
export interface MetricRecord {
  readonly step: number
  readonly epoch?: number | null
  /** Epoch seconds. */
  readonly wall_time?: number | null
  readonly metrics: Readonly<Record<string, number | null>>
  /** Hyperparameters in force, which some hotcb 2 trainers write. */
  readonly hp?: JsonObject
}

/** Reads a metric record: the collector's, and the short `{step, metrics}` of hand-written trainers. */
export function readMetricRecord(value: unknown): Result<MetricRecord> {
  // Files of a million records pass here, nearly all of them whole and finite.
  if (isObject(value) && isPlain(value)) {
    const { step, epoch = null, wall_time = null, metrics } = value
    return ok({ step, epoch, wall_time, metrics })
  }
  const fields = new FieldReader(value, 'a metric record')
  return fields.result({
    step: fields.whole('step'),
    epoch: fields.lenientNumber('epoch', null),
    wall_time: fields.lenientNumber('wall_time', null),
    metrics: fields.values('metrics'),
    ...(fields.has('hp') ? { hp: fields.object('hp') } : {}),
  })
}

/** One line of `hotcb.metrics.jsonl`, ended by `\n`; what is not finite becomes null. */
export function formatMetricRecord(record: MetricRecord): string {
  const { step, epoch = null, wall_time = null, metrics, hp } = record
  // The step names the place of every value, so it alone must be sound; `JSON.stringify` makes null of the rest.
  formatLine({ step })
  return `${JSON.stringify({ step, epoch, wall_time, metrics, ...(hp === undefined ? {} : { hp }) })}\n`
}

function isPlain(value: Record<string, unknown>): value is {
  readonly step: number
  readonly epoch?: number | null
  readonly wall_time?: number | null
  readonly metrics: Readonly<Record<string, number | null>>
} {
  const { step, epoch, wall_time, metrics, hp } = value
  if (!Number.isSafeInteger(step) || !isObject(metrics) || hp !== undefined) return false
  if (!isFiniteOrNone(epoch) || !isFiniteOrNone(wall_time)) return false
  for (const name in metrics) {
    const metric = metrics[name]
    if (metric !== null && !Number.isFinite(metric)) return false
  }
  return true
}

function isFiniteOrNone(value: unknown): boolean {
  return value === undefined || value === null || Number.isFinite(value)
}
