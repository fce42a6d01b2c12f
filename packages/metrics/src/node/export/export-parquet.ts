import { renameSync, rmSync } from 'node:fs'
import { temporaryName } from '../table/whole-file.ts'
import { tableColumns } from './metric-columns.ts'
import { type MetricRows, SeriesCursor } from './metric-rows.ts'

/**
 * Writes the table as a Parquet file: `step` (64-bit integer, or double where steps are not whole), `epoch`, `wall_time` and the
 * names as doubles; null if there is no value, NaN if it was not finite.
 */
export async function writeParquet(path: string, rows: MetricRows): Promise<void> {
  // Loaded on demand, because few processes export anything.
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer')
  const names = tableColumns(rows)
  const whole = rows.steps.every(Number.isSafeInteger)
  const temporary = temporaryName(path)
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: [
        { name: 'metrics', num_children: names.length, repetition_type: 'REQUIRED' },
        { name: 'step', type: whole ? 'INT64' : 'DOUBLE', repetition_type: 'REQUIRED' },
        ...names.slice(1).map((name) => ({ name, type: 'DOUBLE' as const, repetition_type: 'OPTIONAL' as const })),
      ],
    })
    const cursors = rows.columns.map(({ series }) => new SeriesCursor(series))
    for (let from = 0; from < Math.max(1, rows.steps.length); from += GROUP_ROWS) {
      const steps = rows.steps.subarray(from, from + GROUP_ROWS)
      const columns = [
        whole ? BigInt64Array.from(steps, BigInt) : steps,
        nullable(rows.epochs.subarray(from, from + GROUP_ROWS)),
        nullable(rows.wallTimes.subarray(from, from + GROUP_ROWS)),
        ...cursors.map((cursor) => Array.from(steps, (step) => (cursor.moveTo(step) ? cursor.value : null))),
      ]
      const columnData = columns.map((data, at) => ({ name: names[at] ?? '', data }))
      await writer.write({ columnData, rowGroupSize: GROUP_ROWS })
    }
    await writer.finish()
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

// Limits memory: only this many rows of a table are in memory at a time.
const GROUP_ROWS = 20_000

function nullable(values: Float64Array): (number | null)[] {
  return Array.from(values, (value) => (Number.isNaN(value) ? null : value))
}
