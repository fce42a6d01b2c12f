import { parquetWriteBuffer } from 'hyparquet-writer'
import { tableOf } from './line-table.ts'
import type { Line } from './lines.ts'

/** Returns the points of lines as a Parquet file. `line` is text, the other columns are doubles; a gap in a line is null. */
export function parquetOf(lines: readonly Line[]): ArrayBuffer {
  const { line, ...numbers } = tableOf(lines)
  const columns = Object.entries(numbers).map(([name, data]) => ({ name, data: [...data], type: 'DOUBLE' as const }))
  return parquetWriteBuffer({ columnData: [{ name: 'line', data: [...line], type: 'STRING' }, ...columns] })
}
