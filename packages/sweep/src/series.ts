/** One value of a metric. */
export interface MetricPoint {
  readonly step: number
  readonly value: number | null
  /** Epoch seconds; null if none was written. */
  readonly ts: number | null
}

/** A point as it is in the file. */
export interface RawPoint extends MetricPoint {
  /** The number of the attempt that wrote it; null if the file does not contain the number. */
  readonly attempt: number | null
}

/** `hotcb.metrics.jsonl`, or a stream written by `log_result`. */
export type MetricSource = 'metrics' | 'stream'

/** The values of one metric, joined from all files of a trial. */
export interface Series {
  /** In step order. The array changes with the next `take`. */
  readonly points: readonly MetricPoint[]
  /**
   * Adds a point. The latest point for each step is used. The first point of a new attempt, or of a training run that went back to a
   * checkpoint, replaces all older points from its step on, because they belong to an abandoned history.
   *
   * @param source The file. Its lines must be passed in order.
   */
  take(point: RawPoint, source: MetricSource): void
}

export function createSeries(): Series {
  const points: MetricPoint[] = []
  const last = new Map<MetricSource, { step: number; attempt: number | null }>()
  return {
    points,
    take({ attempt, ...point }, source) {
      const before = last.get(source)
      if (before !== undefined && beginsAnew(before, point.step, attempt, source)) dropFrom(points, point)
      last.set(source, { step: point.step, attempt: attempt ?? before?.attempt ?? null })
      insert(points, point)
    },
  }
}

function beginsAnew(
  before: { readonly step: number; readonly attempt: number | null },
  step: number,
  attempt: number | null,
  source: MetricSource,
): boolean {
  if (attempt !== null && before.attempt !== null) return attempt > before.attempt
  // A run's steps go back only at a restart or a load. A stream written by HyperHerd's own client need not be in order.
  return source === 'metrics' && step < before.step
}

function dropFrom(points: MetricPoint[], { step, ts }: MetricPoint): void {
  const kept = points.filter((one) => one.step < step || (one.ts ?? 0) > (ts ?? 0))
  points.splice(0, points.length, ...kept)
}

function insert(points: MetricPoint[], point: MetricPoint): void {
  let at = points.length
  while (at > 0 && (points[at - 1]?.step ?? 0) > point.step) at--
  const same = points[at - 1]
  if (same === undefined || same.step !== point.step) points.splice(at, 0, point)
  else if ((point.ts ?? 0) >= (same.ts ?? 0)) points[at - 1] = point
}
