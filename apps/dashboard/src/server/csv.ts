import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { type MetricLine, metricValue, readMetricLine } from '@hotcb/run'
import type { OpenRun } from './run.ts'
import { followConfined } from './run-files.ts'

/** Steps to be exported, both ends included; null is open. */
export interface StepRange {
  readonly from: number | null
  readonly to: number | null
}

/**
 * Every point as CSV, one line each: `step,name,value`, in the order of the file; a value that was not finite is empty.
 *
 * @param names Only these; all when undefined.
 */
export async function* csvChunks(
  run: OpenRun,
  names: ReadonlySet<string> | undefined,
  range: StepRange,
): AsyncGenerator<string> {
  const tail = followConfined(join(run.dir, runFiles.metrics), run.roots)
  try {
    yield 'step,name,value\n'
    for (let more = true; more; ) {
      const batch = await tail.read()
      // What is written while it is read is of another export.
      if (batch.reset !== null) return
      let chunk = ''
      for (const { text } of batch.lines) {
        const { step, metrics } = readMetricLine(text) ?? NOTHING
        if ((range.from !== null && step < range.from) || (range.to !== null && step > range.to)) continue
        for (const name in metrics) {
          if (names !== undefined && !names.has(name)) continue
          const value = metricValue(metrics[name])
          if (value !== undefined) chunk += `${step},${csvField(name)},${value ?? ''}\n`
        }
      }
      if (chunk !== '') yield chunk
      more = batch.more
    }
  } finally {
    await tail.close()
  }
}

const NOTHING: MetricLine = { step: 0, metrics: {}, wallTime: undefined }

/** A file name from any text: letters, digits, `-`, `_`, `.`. */
export function exportName(text: string): string {
  return text.replace(/[^\w.-]+/g, '-').slice(0, 100) || 'metrics'
}

// A cell that begins with one of these is a formula to a spreadsheet, whoever wrote the name.
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
