import { isObject, parseJson } from '@hotcb/protocol'

/** One line of metrics as it is shown: only its numbers. */
export interface MetricLine {
  readonly step: number
  readonly metrics: Readonly<Record<string, unknown>>
  /** Epoch seconds. */
  readonly wallTime: number | undefined
}

/**
 * Reads one line for show, more leniently than where runs are compared: hand-written trainers put all sorts of values beside
 * their numbers, and {@link metricValue} says which of them are shown.
 *
 * @returns undefined when it is no line of metrics.
 */
export function readMetricLine(text: string): MetricLine | undefined {
  if (text.length < 2) return undefined
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return undefined
  const { step, metrics, wall_time: wallTime } = parsed.value
  if (typeof step !== 'number' || !Number.isFinite(step) || !isObject(metrics)) return undefined
  return { step, metrics, wallTime: typeof wallTime === 'number' ? wallTime : undefined }
}

/** The value of a metric as charts know it: a finite number, null for one that was not, undefined for none. */
export function metricValue(value: unknown): number | null | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value ? 1 : 0
  return value === null ? null : undefined
}
