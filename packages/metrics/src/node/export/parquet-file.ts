import { renameSync, rmSync } from 'node:fs'
import { temporaryName } from '../table/whole-file.ts'

/** A column in a Parquet file. */
export interface ParquetColumn {
  readonly name: string
  readonly type: 'BOOLEAN' | 'DOUBLE' | 'INT64' | 'STRING'
  readonly isRequired?: boolean
}

/** A column's values for some of the rows; `bigint` for whole numbers. */
export type ParquetValues = Float64Array | BigInt64Array | (bigint | number | string | boolean | null)[]

/** The maximum number of table rows in memory at a time. */
export const GROUP_ROWS = 20_000

/**
 * Writes a Parquet file under a temporary name, then renames it. A failure leaves no file behind.
 *
 * @param groups The values of each column, in the order of the columns, of at most `GROUP_ROWS` rows each.
 */
export async function writeParquetFile(
  path: string,
  columns: readonly ParquetColumn[],
  groups: Iterable<readonly ParquetValues[]>,
): Promise<void> {
  // Loaded on demand, because few processes export anything.
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer')
  const temporary = temporaryName(path)
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: [
        { name: 'metrics', num_children: columns.length, repetition_type: 'REQUIRED' },
        ...columns.map(({ name, type, isRequired = false }) => ({
          name,
          ...(type === 'STRING' ? { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const } : { type }),
          repetition_type: isRequired ? ('REQUIRED' as const) : ('OPTIONAL' as const),
        })),
      ],
    })
    for (const group of groups) {
      const columnData = group.map((data, at) => ({ name: columns[at]?.name ?? '', data }))
      await writer.write({ columnData, rowGroupSize: GROUP_ROWS })
    }
    await writer.finish()
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
