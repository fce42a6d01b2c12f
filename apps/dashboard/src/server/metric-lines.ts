import { type MetricLine, metricValue } from '@hotcb/run'
import type { MetricsData } from '../shared/wire.ts'

/**
 * New lines by metric, ready to be sent. A burst of more than `livePoints` points of one metric becomes its extremes
 * in order, so that no spike is lost on the way.
 *
 * @param names Only these; all when undefined.
 */
export function toMetricsData(
  lines: readonly MetricLine[],
  names: ReadonlySet<string> | undefined,
  livePoints: number,
): Omit<MetricsData, 'rewound' | 'new_names'> {
  const series = new Map<string, [number[], (number | null)[]]>()
  for (const { step, metrics } of lines) {
    for (const name in metrics) {
      if (names !== undefined && !names.has(name)) continue
      const value = metricValue(metrics[name])
      if (value === undefined) continue
      let columns = series.get(name)
      if (columns === undefined) {
        columns = [[], []]
        series.set(name, columns)
      }
      columns[0].push(step)
      columns[1].push(value)
    }
  }
  let isReduced = false
  const sent: Record<string, readonly [readonly number[], readonly (number | null)[]]> = {}
  for (const [name, columns] of series) {
    const reduced = columns[0].length > livePoints ? reduceBurst(columns[0], columns[1], livePoints) : undefined
    isReduced ||= reduced !== undefined
    setOwn(sent, name, reduced ?? columns)
  }
  return { series: sent, last_step: lines.at(-1)?.step ?? null, reduced: isReduced }
}

/** Keeps the least and the greatest of each bucket, in their order; values that were not finite count as both. */
export function reduceBurst(
  steps: readonly number[],
  values: readonly (number | null)[],
  limit: number,
): [number[], (number | null)[]] {
  const buckets = Math.max(1, Math.floor(limit / 2))
  const keptSteps: number[] = []
  const keptValues: (number | null)[] = []
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * values.length) / buckets)
    const end = Math.floor(((bucket + 1) * values.length) / buckets)
    for (const at of extremes(values, start, end)) {
      keptSteps.push(steps[at] ?? 0)
      keptValues.push(values[at] ?? null)
    }
  }
  return [keptSteps, keptValues]
}

/** Indexes, in order, of the first missing value, the least and the greatest of `values[start..end)`. */
function extremes(values: readonly (number | null)[], start: number, end: number): number[] {
  let least = -1
  let greatest = -1
  let missing = -1
  for (let i = start; i < end; i++) {
    const value = values[i]
    if (value === null || value === undefined) {
      if (missing < 0) missing = i
      continue
    }
    if (least < 0 || value < (values[least] ?? value)) least = i
    if (greatest < 0 || value > (values[greatest] ?? value)) greatest = i
  }
  return [...new Set([least, greatest, missing].filter((at) => at >= 0))].sort((a, b) => a - b)
}

/** Sets a key that came from a file: `__proto__` is a name like any other. */
export function setOwn<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
