import { isStep, metricValue, type ShownMetrics } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'

/** One point of one metric. */
export interface MetricPoint {
  readonly step: number
  readonly value: number | null
}

/**
 * Calls a function for each point in a line. `names`: only these metrics; undefined passes all. A value that was not finite is
 * null.
 */
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

/** Returns the point of one metric in a line; undefined if there is none. */
export function readPoint(line: string, name: string): MetricPoint | undefined {
  if (PLAIN.test(name) && !line.includes(name)) return undefined
  const point = line.length < LONG ? undefined : pointOfLongLine(line, name)
  if (point !== undefined) return point
  const record = readMetricLine(line)
  const value = record === undefined ? undefined : metricValue(record.metrics[name])
  return record === undefined || value === undefined ? undefined : { step: record.step, value }
}

/**
 * Parses only the step and this metric, because a line may contain a thousand metrics. Returns undefined if that could be wrong:
 * the line is then parsed as a whole.
 */
function pointOfLongLine(line: string, name: string): MetricPoint | undefined {
  const step = Number(STEP.exec(line)?.[1])
  const metrics = line.indexOf('"metrics"')
  const key = `${JSON.stringify(name)}:`
  const at = metrics < 0 ? -1 : line.indexOf(key, metrics)
  if (!line.endsWith('}') || !isStep(step) || at < 0) return undefined
  const isMetric = line.lastIndexOf('}', at) < metrics && line[at - 1] !== '\\' && line.indexOf(key, at + 1) < 0
  const value = isMetric ? valueAt(line.slice(at + key.length, at + key.length + 40).trimStart()) : undefined
  return value === undefined ? undefined : { step, value }
}

/** Parses the value at the beginning of a string, like `metricValue`; undefined if it is not a number. */
function valueAt(text: string): number | null | undefined {
  const number = NUMBER.exec(text)?.[0]
  if (number !== undefined) return Number(number)
  if (/^(null|NaN|-?Infinity)/.test(text)) return null
  const isTrue = text.startsWith('true')
  return isTrue || text.startsWith('false') ? Number(isTrue) : undefined
}

const LONG = 4096
const STEP = /^\{\s*"step":\s*(-?\d+(?:\.\d+)?)(?=\s*[,}])/
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=\s*[,}])/
/** Names that consist of these characters have only one form in JSON. Other characters may be escaped, as in Python's output. */
const PLAIN = /^[ !#-[\]-~]*$/
