import { bucketsOf, createSeries } from '@hotcb/metrics'
import type { ShownMetrics } from '@hotcb/protocol'
import type { MetricsData, SeriesBuckets } from '../shared/wire.ts'
import { eachPoint } from './metric-point.ts'
import { wireBuckets } from './series-wire.ts'

/**
 * Groups new lines by metric, ready to send. If a metric has more than `livePoints` points, they are sent as buckets, each of which
 * summarizes all of its points.
 *
 * @param names The metrics to send; undefined sends all.
 */
export function toMetricsData(
  lines: readonly ShownMetrics[],
  names: ReadonlySet<string> | undefined,
  livePoints: number,
): Omit<MetricsData, 'rewound' | 'new_names'> {
  const series: Record<string, Columns> = {}
  const bursts: Record<string, SeriesBuckets> = {}
  for (const [name, columns] of columnsOf(lines, names)) {
    if (columns[0].length > livePoints) setOwn(bursts, name, reduceBurst(columns, livePoints))
    else setOwn(series, name, columns)
  }
  return { series, bursts, last_step: lines.at(-1)?.step ?? null }
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
      // If several lines have the same step, the last one counts.
      if (columns[0].at(-1) === line.step) columns[1].pop()
      else columns[0].push(line.step)
      columns[1].push(value)
    })
  }
  return series
}

/**
 * Reduces many points to a few buckets, in order, each with about the same number of points. `limit`: up to this number, points
 * are sent as they are.
 */
export function reduceBurst([steps, values]: Columns, limit: number): SeriesBuckets {
  const buckets = Math.max(1, Math.floor(limit / POINTS_A_BUCKET))
  const edges = Uint32Array.from({ length: buckets + 1 }, (_, at) => Math.floor((at * values.length) / buckets))
  const series = createSeries(
    Float64Array.from(steps),
    Float64Array.from(values, (value) => value ?? Number.NaN),
  )
  return wireBuckets(bucketsOf(series, edges))
}

// One bucket takes as many bytes as four points.
const POINTS_A_BUCKET = 4

/** Sets a key that came from a file. Even `__proto__` becomes an ordinary key. */
export function setOwn<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
