import { isStep, metricValue, type ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'

/** One point of one metric. */
export interface MetricPoint {
  readonly step: number
  readonly value: number | null
}

/** Passes on the points of a line; `names`: only these metrics, all when undefined. Null is a value that was not finite. */
export function eachPoint(
  { metrics }: ShownMetrics,
  names: ReadonlySet<string> | undefined,
  take: (name: string, value: number | null) => void,
): void {
  for (const name in metrics) {
    if (names !== undefined && !names.has(name)) continue
    const value = metricValue(metrics[name])
    if (value !== undefined) take(name, value)
  }
}

/**
 * The point of one metric in a line; undefined if there is none.
 *
 * A line may contain a thousand metrics: only the step and this metric are parsed.
 */
export function readPoint(line: string, name: string): MetricPoint | undefined {
  if (line.length < LONG) {
    const record = line.includes(name) ? readMetricLine(line) : undefined
    const value = record === undefined ? undefined : metricValue(record.metrics[name])
    return record === undefined || value === undefined ? undefined : { step: record.step, value }
  }
  if (!line.endsWith('}')) return undefined
  const step = STEP.exec(line)?.[1]
  const metrics = line.indexOf('"metrics"')
  const key = `${JSON.stringify(name)}:`
  const at = metrics < 0 ? -1 : line.indexOf(key, metrics)
  if (step === undefined || at < 0) return undefined
  const text = line.slice(at + key.length, at + key.length + 40).trimStart()
  const number = NUMBER.exec(text)?.[0]
  if (!isStep(Number(step))) return undefined
  if (number !== undefined) return { step: Number(step), value: Number(number) }
  return /^(null|NaN|-?Infinity)/.test(text) ? { step: Number(step), value: null } : undefined
}

const LONG = 4096
const STEP = /^\{\s*"step":\s*(-?\d+(?:\.\d+)?)/
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/
