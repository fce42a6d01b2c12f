import { parquetWriteBuffer } from 'hyparquet-writer'
import { tableOf } from './line-table.ts'
import type { Line } from './lines.ts'

/** The points of lines as a Parquet file: `line` is text, the others are doubles, null if a line has a gap. */
export function parquetOf(lines: readonly Line[]): ArrayBuffer {
  const { line, ...numbers } = tableOf(lines)
  const columns = Object.entries(numbers).map(([name, data]) => ({ name, data: [...data], type: 'DOUBLE' as const }))
  return parquetWriteBuffer({ columnData: [{ name: 'line', data: [...line], type: 'STRING' }, ...columns] })
}
