import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { writeWholeFile } from '../table/whole-file.ts'
import { writeParquet } from './export-parquet.ts'
import { requireExportTarget, requireMetricsFile } from './export-target.ts'
import { writeTensorBoard } from './export-tensorboard.ts'
import { csvLines, jsonLines } from './export-text.ts'
import { type MetricRows, readMetricRows } from './metric-rows.ts'

/** An export format. */
export type MetricsFormat = 'csv' | 'jsonl' | 'parquet' | 'tensorboard'

/** The formats, for command lines. */
export const METRICS_FORMATS: readonly MetricsFormat[] = ['csv', 'jsonl', 'parquet', 'tensorboard']

/** The result of `exportMetrics`. */
export interface ExportedMetrics {
  readonly path: string
  /** The numbers of steps and of names. */
  readonly rows: number
  readonly names: number
  /** The number of malformed lines in the metrics file. */
  readonly badLines: number
}

/** Metrics as lines of text. */
export interface MetricsText extends Omit<ExportedMetrics, 'path'> {
  readonly lines: Iterable<string>
}

/**
 * Returns a run's metrics as text, one row per step without ghosts, for a pipe; `exportMetrics` writes a file.
 *
 * @throws Error if the metrics path is not a file, and file system errors.
 */
export function metricsText(runDir: string, format: 'csv' | 'jsonl'): MetricsText {
  requireMetricsFile(join(runDir, runFiles.metrics))
  const rows = readMetricRows(runDir)
  return { lines: format === 'csv' ? csvLines(rows) : jsonLines(rows), ...factsOf(rows) }
}

/**
 * Writes a run's metrics in a different format, one row per step without ghosts. A second export replaces the first.
 *
 * @param output The file; for `tensorboard` the directory. Missing directories are created. @defaultValue
 *   `metrics.<format>`, or `tensorboard`, in the run directory
 * @throws RangeError for an unknown format, Error for an unsuitable target, and file system errors; no partial file remains.
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
