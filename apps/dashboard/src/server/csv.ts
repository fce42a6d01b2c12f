import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { FileTail } from './file-tail.ts'
import { metricValue, readMetricLines } from './metric-lines.ts'
import type { OpenRun } from './run.ts'

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
  const tail = new FileTail(join(run.dir, runFiles.metrics), run.roots)
  try {
    yield 'step,name,value\n'
    for (;;) {
      const look = await tail.look()
      if (look.kind !== 'grown') return
      let chunk = ''
      for (const { step, metrics } of readMetricLines(look.text)) {
        if ((range.from !== null && step < range.from) || (range.to !== null && step > range.to)) continue
        for (const name in metrics) {
          if (names !== undefined && !names.has(name)) continue
          const value = metricValue(metrics[name])
          if (value !== undefined) chunk += `${step},${csvField(name)},${value ?? ''}\n`
        }
      }
      if (chunk !== '') yield chunk
    }
  } finally {
    await tail.close()
  }
}

/** A file name from any text: letters, digits, `-`, `_`, `.`. */
export function exportName(text: string): string {
  return text.replace(/[^\w.-]+/g, '-').slice(0, 100) || 'metrics'
}

// A cell that begins with one of these is a formula to a spreadsheet, whoever wrote the name.
function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
