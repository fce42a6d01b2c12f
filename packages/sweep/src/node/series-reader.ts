import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openTail, type Tail } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'
import { createSeries, type MetricPoint, type MetricSource, type RawPoint, type Series } from '../series.ts'
import { pointsOfRecord, readPoint } from './trial-metrics.ts'

/** Reads one metric of many trials repeatedly. Each read covers only the appended lines. No file is kept open. */
export interface SeriesReader {
  /** Returns the values so far, in step order. */
  read(i: number): readonly MetricPoint[]
}

interface Source {
  readonly kind: MetricSource
  readonly path: string
  size: number
  cursor: string | null
}

interface Followed {
  series: Series
  readonly sources: readonly Source[]
}

export function createSeriesReader(results: string, metric: string): SeriesReader {
  const followed = new Map<number, Followed>()
  const open = (i: number): Followed => {
    const dir = join(results, String(i))
    const source = (kind: MetricSource, path: string): Source => ({ kind, path, size: 0, cursor: null })
    const sources = [
      source('metrics', join(dir, runFiles.metrics)),
      source('stream', join(dir, 'stream', `${metric}.jsonl`)),
    ]
    const one = { series: createSeries(), sources }
    followed.set(i, one)
    return one
  }
  return {
    read(i) {
      const one = followed.get(i) ?? open(i)
      if (one.sources.some((source) => !readNew(source, one.series, metric))) {
        // The file was truncated, replaced or removed, so read it from the start.
        const again = open(i)
        for (const source of again.sources) readNew(source, again.series, metric)
        return again.series.points
      }
      return one.series.points
    },
  }
}

/** Reads new lines. Returns false if the file is not the one that was read before. */
function readNew(source: Source, series: Series, metric: string): boolean {
  const size = statSync(source.path, { throwIfNoEntry: false })?.size ?? 0
  if (size === source.size) return true
  if (size < source.size) return false
  const tail = openTail(source.path)
  try {
    if (source.cursor !== null && !tail.seek(source.cursor)) return false
    return readTail(tail, source, series, metric, size)
  } finally {
    tail.close()
  }
}

function readTail(tail: Tail, source: Source, series: Series, metric: string, size: number): boolean {
  for (let more = true; more; ) {
    const batch = tail.read()
    if (batch.reset !== null && source.cursor !== null) return false
    for (const { text } of batch.lines) {
      for (const point of pointsIn(text, source.kind, metric)) series.take(point, source.kind)
    }
    more = batch.more
  }
  source.size = size
  source.cursor = tail.cursor()
  return true
}

function pointsIn(text: string, kind: MetricSource, metric: string): readonly RawPoint[] {
  if (kind === 'metrics') return pointsOfRecord(text).flatMap(([name, point]) => (name === metric ? [point] : []))
  const point = readPoint(text)
  return point === null ? [] : [point]
}
