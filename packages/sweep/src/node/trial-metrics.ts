import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument, readLastLines, readLines } from '@hotcb/journal'
import { isObject, type MetricRecord, parseJson, readMetricRecord, readRunDocument, runFiles } from '@hotcb/protocol'

/** One value of a metric. */
export interface MetricPoint {
  readonly step: number
  readonly value: number | null
  /** Epoch seconds; null where none was written. */
  readonly ts: number | null
}

/** Final values of a trial by name, in the order in which they were logged. */
export function finalMetrics(results: string, i: number): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>()
  const run = parseJson(readDocument(join(results, String(i), runFiles.run))?.text ?? '')
  const document = run.ok ? readRunDocument(run.value) : run
  if (document.ok)
    for (const [name, value] of Object.entries(document.value.final_metrics ?? {})) values.set(name, value)
  // A killed trial may leave half a file: it has no results then.
  const flat = parseJson(readDocument(join(results, `${i}.json`))?.text ?? '', { nan: 'keep' })
  if (flat.ok && isObject(flat.value)) for (const [name, value] of Object.entries(flat.value)) values.set(name, value)
  return values
}

/** All values of all metrics of a trial by step: for each step the one with the latest time, of two the later line. */
export function metricSeries(results: string, i: number, only?: string): ReadonlyMap<string, readonly MetricPoint[]> {
  const dir = join(results, String(i))
  const all = new Map<string, Map<number, MetricPoint>>()
  const take = (name: string, point: MetricPoint): void => {
    if (only !== undefined && name !== only) return
    const points = all.get(name) ?? new Map<number, MetricPoint>()
    const before = points.get(point.step)
    if (before === undefined || (point.ts ?? 0) >= (before.ts ?? 0)) points.set(point.step, point)
    all.set(name, points)
  }
  for (const { value } of metricRecords(join(dir, runFiles.metrics))) {
    for (const [name, one] of Object.entries(value.metrics)) {
      take(name, { step: value.step, value: one, ts: value.wall_time ?? null })
    }
  }
  for (const [name, path] of streamFiles(dir)) {
    for (const { text } of readLines(path)) {
      const point = readPoint(text)
      if (point !== null) take(name, point)
    }
  }
  return new Map([...all].map(([name, points]) => [name, [...points.values()].sort((a, b) => a.step - b.step)]))
}

/** The newest step of a trial, and its steps a minute over the last records. */
export function trialProgress(
  results: string,
  i: number,
): { readonly step: number; readonly perMinute: number | null } | null {
  const dir = join(results, String(i))
  const found = [join(dir, runFiles.metrics), ...streamFiles(dir).map(([, path]) => path)].flatMap(
    (path) => lastSteps(path) ?? [],
  )
  return found.reduce<{ step: number; perMinute: number | null } | null>(
    (best, one) => (best === null || one.step > best.step ? one : best),
    null,
  )
}

function lastSteps(path: string): { readonly step: number; readonly perMinute: number | null } | null {
  let lines: readonly { readonly text: string }[]
  try {
    lines = readLastLines(path, 80)
  } catch {
    // Not there yet.
    return null
  }
  const points = lines.flatMap(({ text }) => readPoint(text) ?? [])
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined) return null
  const seconds = (last.ts ?? 0) - (first.ts ?? 0)
  const perMinute = seconds > 0 && last.step > first.step ? ((last.step - first.step) / seconds) * 60 : null
  return { step: Math.max(...points.map(({ step }) => step)), perMinute }
}

/** A line of a stream, or of the metrics of a run directory. */
function readPoint(text: string): MetricPoint | null {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return null
  const { step, value, ts, wall_time: wallTime } = parsed.value
  if (!Number.isSafeInteger(step)) return null
  const time = typeof ts === 'number' ? ts : typeof wallTime === 'number' ? wallTime : null
  // The check above made sure of it.
  return { step: step as number, value: typeof value === 'number' ? value : null, ts: time }
}

function* metricRecords(path: string): Generator<{ readonly value: MetricRecord }> {
  for (const { text } of readLines(path)) {
    const parsed = parseJson(text)
    const record = parsed.ok ? readMetricRecord(parsed.value) : parsed
    if (record.ok) yield record
  }
}

/** The streams of a trial: `stream/val/loss.jsonl` is `val/loss`. */
function streamFiles(dir: string): readonly (readonly [name: string, path: string])[] {
  const root = join(dir, 'stream')
  let names: readonly string[]
  try {
    names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  } catch {
    // None.
    return []
  }
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => [name.slice(0, -'.jsonl'.length).replaceAll('\\', '/'), join(root, name)] as const)
}
