import { join } from 'node:path'
import { readLastLines, readLines, type TailLine } from '@hotcb/journal'
import { type MetricRecord, metricValue, parseJson, readShownMetrics, runFiles } from '@hotcb/protocol'

/** A malformed line in a metrics file. */
export interface BadMetricLine {
  /** Its offset in bytes. */
  readonly offset: number
  readonly reason: string
}

/**
 * Returns every record in a run's `hotcb.metrics.jsonl` in file order, including ghosts; none if there is no file.
 *
 * Can be iterated any number of times: each time, the file is opened again and read to its current end. Only numbers and
 * nulls are values; a number that is not finite is null.
 *
 * @param onBadLine Called for each malformed line.
 */
export function metricRecords(runDir: string, onBadLine?: (line: BadMetricLine) => void): Iterable<MetricRecord> {
  const path = join(runDir, runFiles.metrics)
  return {
    *[Symbol.iterator]() {
      for (const line of readLines(path)) {
        const record = readRecord(line.text)
        if (typeof record !== 'string') yield record
        else onBadLine?.({ offset: line.offset, reason: record })
      }
    },
  }
}

/** The latest line of a run's metrics and the latest value of each name. */
export interface LatestMetrics {
  /** The step of the last record. */
  readonly step: number
  readonly epoch: number | null
  /** Epoch seconds. */
  readonly wallTime: number | null
  /** The last written value of each name (null if it was not finite) and its step. */
  readonly metrics: Readonly<Record<string, { readonly step: number; readonly value: number | null }>>
}

/**
 * Returns a run's latest metrics from the end of its file, within a few milliseconds for any file size; undefined if there are no records.
 *
 * @param lines The number of lines to search for names that are not in every record. @defaultValue 200
 */
export function latestMetrics(runDir: string, lines = 200): LatestMetrics | undefined {
  const path = join(runDir, runFiles.metrics)
  const metrics = new Map<string, { step: number; value: number | null }>()
  let last: MetricRecord | undefined
  for (const record of lastRecords(readLastLines(path, lines))) {
    last ??= record
    for (const [name, value] of Object.entries(record.metrics)) {
      if (!metrics.has(name)) metrics.set(name, { step: record.step, value })
    }
  }
  if (last === undefined) return undefined
  const { step, epoch = null, wall_time: wallTime = null } = last
  return { step, epoch, wallTime, metrics: Object.fromEntries(metrics) }
}

/** Yields records, newest first. */
function* lastRecords(lines: readonly TailLine[]): Generator<MetricRecord> {
  for (const { text } of lines.toReversed()) {
    const record = readRecord(text)
    if (typeof record !== 'string') yield record
  }
}

/** Returns the record, or the reason why there is none. */
function readRecord(text: string): MetricRecord | string {
  const parsed = parseJson(text)
  const read = parsed.ok ? readShownMetrics(parsed.value) : parsed
  if (!read.ok) return read.reason
  const { step, epoch, wallTime, metrics } = read.value
  const numbers = Object.entries(metrics).flatMap(([name, given]) => {
    const value = metricValue(given)
    return value === undefined ? [] : [[name, value] as const]
  })
  return { step, epoch, wall_time: wallTime, metrics: Object.fromEntries(numbers) }
}
