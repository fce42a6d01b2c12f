import { tableColumns } from './metric-columns.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'
import { GROUP_ROWS, type ParquetValues, writeParquetFile } from './parquet-file.ts'

/**
 * Writes the table as a Parquet file: `step` (64-bit integer, or double if steps are not whole), `epoch`, `wall_time`
 * and the metrics as doubles; null if there is no value, NaN if it was not finite.
 */
export async function writeParquet(path: string, rows: MetricRows): Promise<void> {
  const whole = rows.steps.every(Number.isSafeInteger)
  const columns = tableColumns(rows).map((name, at) =>
    at === 0
      ? { name, type: whole ? ('INT64' as const) : ('DOUBLE' as const), isRequired: true }
      : { name, type: 'DOUBLE' as const },
  )
  await writeParquetFile(path, columns, groupsOf(rows, whole))
}

function* groupsOf(rows: MetricRows, whole: boolean): Generator<readonly ParquetValues[]> {
  const cursors = rows.columns.map(({ series }) => new SeriesCursor(series))
  for (let from = 0; from < Math.max(1, rows.steps.length); from += GROUP_ROWS) {
    const steps = rows.steps.subarray(from, from + GROUP_ROWS)
    yield [
      whole ? BigInt64Array.from(steps, BigInt) : steps,
      nullable(rows.epochs.subarray(from, from + GROUP_ROWS)),
      nullable(rows.wallTimes.subarray(from, from + GROUP_ROWS)),
      ...cursors.map((cursor) => Array.from(steps, (step) => (cursor.moveTo(step) ? cursor.value : null))),
    ]
  }
}

function nullable(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value))
}
