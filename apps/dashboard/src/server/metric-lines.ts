import type { ShownMetrics } from '@hotcb/protocol'
import type { MetricsData } from '../shared/wire.ts'
import { extremesOf } from './extremes.ts'
import { eachPoint } from './metric-point.ts'

/**
 * New lines by metric, ready to be sent. A burst of more than `livePoints` points of one metric becomes its extremes
 * in order, so that no spike is lost on the way.
 *
 * @param names Only these; all when undefined.
 */
export function toMetricsData(
  lines: readonly ShownMetrics[],
  names: ReadonlySet<string> | undefined,
  livePoints: number,
): Omit<MetricsData, 'rewound' | 'new_names'> {
  let isReduced = false
  const sent: Record<string, readonly [readonly number[], readonly (number | null)[]]> = {}
  for (const [name, columns] of columnsOf(lines, names)) {
    const reduced = columns[0].length > livePoints ? reduceBurst(columns[0], columns[1], livePoints) : undefined
    isReduced ||= reduced !== undefined
    setOwn(sent, name, reduced ?? columns)
  }
  return { series: sent, last_step: lines.at(-1)?.step ?? null, reduced: isReduced }
}

type Columns = readonly [steps: number[], values: (number | null)[]]

function columnsOf(lines: readonly ShownMetrics[], names: ReadonlySet<string> | undefined): Map<string, Columns> {
  const series = new Map<string, Columns>()
  for (const line of lines) {
    eachPoint(line, names, (name, value) => {
      let columns = series.get(name)
      if (columns === undefined) {
        columns = [[], []]
        series.set(name, columns)
      }
      columns[0].push(line.step)
      columns[1].push(value)
    })
  }
  return series
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
    for (const at of extremesOf((place) => values[place], start, end)) {
      keptSteps.push(steps[at] ?? 0)
      keptValues.push(values[at] ?? null)
    }
  }
  return [keptSteps, keptValues]
}

/** Sets a key that came from a file: `__proto__` is a name like any other. */
export function setOwn<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
