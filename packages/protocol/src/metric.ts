import { FieldReader } from './fields.ts'
import { isObject, type JsonObject, show } from './json.ts'
import { ok, type Result, refused } from './result.ts'
import { formatLine } from './text.ts'

/** One line of `hotcb.metrics.jsonl`. Non-finite values are null. */
export interface MetricRecord {
  readonly step: number
  readonly epoch?: number | null
  /** Epoch seconds. */
  readonly wall_time?: number | null
  readonly metrics: Readonly<Record<string, number | null>>
  /** The current hyperparameters, which some hotcb 2 trainers write. */
  readonly hp?: JsonObject
}

/** Parses a metric record from the collector, or the short form `{step, metrics}` that hand-written trainers use. */
export function readMetricRecord(value: unknown): Result<MetricRecord> {
  // Files may have a million records. Nearly all of them are complete and finite, so there is a faster path for these.
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

/** A line of metrics for display. Use {@link metricValue} to read its values. */
export interface ShownMetrics {
  readonly step: number
  readonly epoch: number | null
  /** Epoch seconds. */
  readonly wallTime: number | null
  readonly metrics: Readonly<Record<string, unknown>>
}

/**
 * Reads a metric record for charts, tables and status, more leniently than {@link readMetricRecord} does for comparing
 * runs: hand-written trainers mix all sorts of values with their numbers, and use fractional steps. A step beyond 2^53
 * is rejected, because such steps cannot be counted.
 */
export function readShownMetrics(value: unknown): Result<ShownMetrics> {
  if (!isObject(value)) return refused(`a metric record must be an object, got ${show(value)}`)
  const { step, epoch, wall_time: wallTime, metrics } = value
  if (!isStep(step)) return refused(`\`step\` must be a number within ${MAX_STEP} of 0, got ${show(step)}`)
  if (!isObject(metrics)) return refused(`\`metrics\` must be an object of numbers, got ${show(metrics)}`)
  return ok({ step, epoch: finiteOrNull(epoch), wallTime: finiteOrNull(wallTime), metrics })
}

/** Whether a number can be the step in a line of metrics. */
export function isStep(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= MAX_STEP
}

const MAX_STEP = Number.MAX_SAFE_INTEGER

/**
 * Returns the value of a metric for display: a finite number, 0 or 1 for false or true, null for a non-finite number,
 * undefined for anything else.
 */
export function metricValue(value: unknown): number | null | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === null ? null : undefined
}

/** Formats one line of `hotcb.metrics.jsonl`, ended by `\n`. Non-finite values become null. */
export function formatMetricRecord(record: MetricRecord): string {
  const { step, epoch = null, wall_time = null, metrics, hp } = record
  // Only the step must be valid, because it determines where the values belong. `JSON.stringify` converts other
  // non-finite values to null.
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

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function finiteOrNull(value: unknown): number | null {
  return isFiniteNumber(value) ? value : null
}
