import { statSync } from 'node:fs'
import { readLastLines } from '@hotcb/journal'
import { metricValue } from '@hotcb/protocol'
import { readMetricLine } from '@hotcb/run'
import type { Run } from '../../run.ts'

/** A metric's latest value, and its step. */
export interface LatestValue {
  readonly step: number
  readonly value: number | null
}

/** The latest values of a run's metrics. */
export interface LatestMetrics {
  /** The metrics in the latest line. */
  readonly step: number
  readonly values: Readonly<Record<string, number | null>>
  /** Metrics that are not in the latest line, such as validation metrics. */
  readonly earlier: Readonly<Record<string, LatestValue>>
  readonly modifiedMs: number
}

/** Reads the end of the metrics file; null if there are no metrics. */
export function readLatestMetrics(run: Run): LatestMetrics | null {
  const path = run.path('metrics')
  const stats = statSync(path, { throwIfNoEntry: false })
  const lines = stats === undefined ? [] : readLastLines(path, LINES)
  const newest = readMetricLine(lines.at(-1)?.text ?? '')
  if (stats === undefined || newest === undefined) return null
  const values = shownValues(newest.metrics)
  const earlier: Record<string, LatestValue> = {}
  for (let i = lines.length - 2; i >= 0; i--) {
    const line = readMetricLine(lines[i]?.text ?? '')
    // A step beyond the latest one was run before a rollback, which undid it.
    if (line === undefined || line.step > newest.step) continue
    for (const [name, value] of Object.entries(shownValues(line.metrics))) {
      if (!Object.hasOwn(values, name) && !Object.hasOwn(earlier, name)) put(earlier, name, { step: line.step, value })
    }
  }
  return { step: newest.step, values, earlier, modifiedMs: stats.mtimeMs }
}

// Enough lines to find a validation metric that is written every thousand steps.
const LINES = 2000

function shownValues(metrics: Readonly<Record<string, unknown>>): Readonly<Record<string, number | null>> {
  const values: Record<string, number | null> = {}
  for (const [name, value] of Object.entries(metrics)) {
    const shown = metricValue(value)
    if (shown !== undefined) put(values, name, shown)
  }
  return values
}

// A metric may be named `__proto__`.
function put<Value>(record: Record<string, Value>, name: string, value: Value): void {
  Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true })
}
