import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument, readLastLines, readLines } from '@hotcb/journal'
import { isObject, type MetricRecord, parseJson, readMetricRecord, readRunDocument, runFiles } from '@hotcb/protocol'
import { createSeries, type MetricPoint, type RawPoint, type Series } from '../series.ts'

export type { MetricPoint }

/** Returns a trial's final values by name, in the order in which they were logged. */
export function finalMetrics(results: string, i: number): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  const run = textIfThere(join(results, String(i), runFiles.run))
  for (const [name, value] of Object.entries(run === null ? {} : finalOf(run))) values.set(name, value)
  // A killed trial may leave an incomplete file, which counts as no results.
  const text = textIfThere(join(results, `${i}.json`))
  const flat = text === null ? null : parseJson(text, { nan: 'keep' })
  if (flat?.ok && isObject(flat.value)) for (const [name, value] of Object.entries(flat.value)) values.set(name, value)
  return values
}

function finalOf(text: string): object {
  const parsed = parseJson(text)
  const document = parsed.ok ? readRunDocument(parsed.value) : parsed
  return document.ok ? (document.value.final_metrics ?? {}) : {}
}

/**
 * Checks first whether the file exists. A snapshot may read ten thousand trials, most of which have no such file, and throwing an error for
 * each one would take seconds.
 */
function textIfThere(path: string): string | null {
  return existsSync(path) ? (readDocument(path)?.text ?? null) : null
}

/** Returns all values of a trial's metrics by step. {@link Series} describes which line counts if several lines have the same step. */
export function metricSeries(results: string, i: number): ReadonlyMap<string, readonly MetricPoint[]> {
  const dir = join(results, String(i))
  const all = new Map<string, Series>()
  const seriesOf = (name: string): Series => {
    const series = all.get(name) ?? createSeries()
    all.set(name, series)
    return series
  }
  for (const { text } of readLines(join(dir, runFiles.metrics))) {
    for (const [name, point] of pointsOfRecord(text)) seriesOf(name).take(point, 'metrics')
  }
  for (const [name, path] of streamFiles(dir)) {
    for (const { text } of readLines(path)) {
      const point = readPoint(text)
      if (point !== null) seriesOf(name).take(point, 'stream')
    }
  }
  return new Map([...all].map(([name, { points }]) => [name, points]))
}

/** Returns the values in one line of `hotcb.metrics.jsonl`. */
export function pointsOfRecord(text: string): readonly (readonly [name: string, point: RawPoint])[] {
  const parsed = parseJson(text)
  const record = parsed.ok ? readMetricRecord(parsed.value) : parsed
  if (!record.ok) return []
  const { step, wall_time: ts = null, metrics }: MetricRecord = record.value
  return Object.entries(metrics).map(([name, value]) => [name, { step, value, ts, attempt: null }] as const)
}

/** Returns a trial's latest step, and its steps per minute over the last records. */
export function trialProgress(
  results: string,
  i: number,
): { readonly step: number; readonly perMinute: number | null } | null {
  const dir = join(results, String(i))
  // A table reads thousands of trials, so a trial that has written nothing should cost only one system call.
  if (!existsSync(dir)) return null
  const found = [join(dir, runFiles.metrics), ...streamFiles(dir).map(([, path]) => path)].flatMap(
    (path) => lastSteps(path) ?? [],
  )
  return found.reduce<{ step: number; perMinute: number | null } | null>(
    (best, one) => (best === null || one.step > best.step ? one : best),
    null,
  )
}

function lastSteps(path: string): { readonly step: number; readonly perMinute: number | null } | null {
  if (!existsSync(path)) return null
  let lines: readonly { readonly text: string }[]
  try {
    lines = readLastLines(path, 80)
  } catch {
    // The file does not exist yet.
    return null
  }
  const points = lines.flatMap(({ text }) => readPoint(text) ?? [])
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return null
  const seconds = (last.ts ?? 0) - (first.ts ?? 0)
  const perMinute = seconds > 0 && last.step > first.step ? ((last.step - first.step) / seconds) * 60 : null
  return { step: Math.max(...points.map(({ step }) => step)), perMinute }
}

/** Parses a line of a stream, or of a run directory's metrics; null for any other line. */
export function readPoint(text: string): RawPoint | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { step, value, ts, wall_time: wallTime, attempt } = parsed.value
  if (typeof step !== 'number' || !Number.isSafeInteger(step)) return null
  return {
    step,
    value: typeof value === 'number' ? value : null,
    ts: typeof ts === 'number' ? ts : typeof wallTime === 'number' ? wallTime : null,
    attempt: typeof attempt === 'number' ? attempt : null,
  }
}

/** Returns a trial's streams: `stream/val/loss.jsonl` is `val/loss`. */
export function streamFiles(dir: string): readonly (readonly [name: string, path: string])[] {
  const root = join(dir, 'stream')
  if (!existsSync(root)) return []
  let names: readonly string[]
  try {
    names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  } catch {
    // There is no such folder.
    return []
  }
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => [name.slice(0, -'.jsonl'.length).replaceAll('\\', '/'), join(root, name)] as const)
}
