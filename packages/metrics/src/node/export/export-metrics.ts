import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { writeWholeFile } from '../table/whole-file.ts'
import { writeParquet } from './export-parquet.ts'
import { requireExportTarget, requireMetricsFile } from './export-target.ts'
import { writeTensorBoard } from './export-tensorboard.ts'
import { csvLines, jsonLines } from './export-text.ts'
import { type MetricRows, readMetricRows } from './metric-rows.ts'

/** What metrics can be exported as. */
export type MetricsFormat = 'csv' | 'jsonl' | 'parquet' | 'tensorboard'

/** The formats, for command lines. */
export const METRICS_FORMATS: readonly MetricsFormat[] = ['csv', 'jsonl', 'parquet', 'tensorboard']

/** What `exportMetrics` made. */
export interface ExportedMetrics {
  readonly path: string
  /** Steps, and names. */
  readonly rows: number
  readonly names: number
  /** Lines of the metrics file that are no records. */
  readonly badLines: number
}

/** Metrics as text, a line at a time. */
export interface MetricsText extends Omit<ExportedMetrics, 'path'> {
  readonly lines: Iterable<string>
}

/**
 * The metrics of a run as text, a row for each step and without ghosts: for a pipe, where `exportMetrics` writes a file.
 *
 * @throws Error where the metrics are no file, and what the file system throws.
 */
export function metricsText(runDir: string, format: 'csv' | 'jsonl'): MetricsText {
  requireMetricsFile(join(runDir, runFiles.metrics))
  const rows = readMetricRows(runDir)
  return { lines: format === 'csv' ? csvLines(rows) : jsonLines(rows), ...factsOf(rows) }
}

/**
 * Writes the metrics of a run, a row for each step and without ghosts, in another format. A second export replaces
 * the first.
 *
 * @param output The file; for `tensorboard` the directory. Missing directories are made. @defaultValue
 *   `metrics.<format>`, or `tensorboard`, in the run directory
 * @throws RangeError for an unknown format, Error for a place that holds something else, and what the file system
 *   throws; no half-written file is left.
 */
export async function exportMetrics(runDir: string, format: MetricsFormat, output?: string): Promise<ExportedMetrics> {
  if (!METRICS_FORMATS.includes(format)) {
    throw new RangeError(`\`format\` must be one of ${METRICS_FORMATS.join(', ')}, got \`${String(format)}\``)
  }
  const target = output ?? join(runDir, format === 'tensorboard' ? format : `metrics.${format}`)
  requireExportTarget(target, format === 'tensorboard' ? 'directory' : 'file', runDir)
  requireMetricsFile(join(runDir, runFiles.metrics))
  const rows = readMetricRows(runDir)
  const facts = factsOf(rows)
  if (format === 'tensorboard') return { path: writeTensorBoard(target, rows), ...facts }
  mkdirSync(dirname(target), { recursive: true })
  if (format === 'csv') writeWholeFile(target, csvLines(rows))
  else if (format === 'jsonl') writeWholeFile(target, jsonLines(rows))
  else await writeParquet(target, rows)
  return { path: target, ...facts }
}

function factsOf({ steps, columns, badLines }: MetricRows): Omit<ExportedMetrics, 'path'> {
  return { rows: steps.length, names: columns.length, badLines }
}
