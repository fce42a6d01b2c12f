import { join } from 'node:path'
import { readLastLines, readLines, type TailLine } from '@hotcb/journal'
import { type MetricRecord, metricValue, parseJson, readShownMetrics, runFiles } from '@hotcb/protocol'

/** A line of a metrics file that is no record. */
export interface BadMetricLine {
  /** Where it begins, in bytes. */
  readonly offset: number
  readonly reason: string
}

/**
 * Every record of a run's `hotcb.metrics.jsonl`, in the order of the file, ghosts included; none when there is no file.
 *
 * Can be gone through any number of times: each time the file is opened anew, and read as far as it then goes. Only
 * numbers and nulls are values; a number that is not finite is null.
 *
 * @param onBadLine Told of each line that is no record.
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

/** The newest line of a run's metrics, and the newest value of each name. */
export interface LatestMetrics {
  /** Of the last record. */
  readonly step: number
  readonly epoch: number | null
  /** Epoch seconds. */
  readonly wallTime: number | null
  /** By name: the value written last, null if it was not finite, and its step. */
  readonly metrics: Readonly<Record<string, { readonly step: number; readonly value: number | null }>>
}

/**
 * The newest metrics of a run, read from the end of its file: a few milliseconds, however long the file is; undefined
 * when there is no record.
 *
 * @param lines How many lines to look back for names that do not come with every record. @defaultValue 200
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

/** Newest first. */
function* lastRecords(lines: readonly TailLine[]): Generator<MetricRecord> {
  for (const { text } of lines.toReversed()) {
    const record = readRecord(text)
    if (typeof record !== 'string') yield record
  }
}

/** The record, or why there is none. */
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
