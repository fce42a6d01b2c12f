import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { csvRecord } from '../../table/csv.ts'
import { writeWholeFile } from '../table/whole-file.ts'
import { GROUP_ROWS, type ParquetColumn, type ParquetValues, writeParquetFile } from './parquet-file.ts'

/** A value of a table; null if there is none. */
export type TableValue = number | string | boolean | null

/** A table column, with one value for each row. */
export interface TableColumn {
  /** The name, which must differ from those of the other columns. */
  readonly name: string
  readonly values: readonly TableValue[]
  /** Whether its numbers are conceptually integers. If so, Parquet stores 64-bit integers; otherwise, doubles. */
  readonly isWhole?: boolean
}

/** Returns a table as CSV (RFC 4180, lines end in `\n`), headings first. A missing value is an empty cell. */
export function* tableCsv(columns: readonly TableColumn[]): Generator<string> {
  yield csvRecord(columns.map(({ name }) => name))
  for (let row = 0; row < rowsOf(columns); row++) {
    yield csvRecord(
      columns.map(({ values }) => {
        const value = values[row] ?? ''
        return typeof value === 'boolean' ? String(value) : value
      }),
    )
  }
}

/**
 * Writes a table to a file, replacing an existing file only when the new one is complete. Missing directories are created. In Parquet, a
 * column with only booleans, only numbers or only strings has that type; a mixed column contains strings.
 *
 * @throws File system errors; no partial file remains.
 */
export async function exportTable(
  path: string,
  columns: readonly TableColumn[],
  format: 'csv' | 'parquet',
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  if (format === 'csv') return writeWholeFile(path, tableCsv(columns))
  const types = columns.map(({ name, ...column }): ParquetColumn => ({ name, type: parquetType(column) }))
  await writeParquetFile(path, types, groupsOf(columns, types))
}

/** Writes pieces of text to a file, replacing an existing file only when the new one is complete. */
export function exportText(path: string, pieces: Iterable<string>): void {
  mkdirSync(dirname(path), { recursive: true })
  writeWholeFile(path, pieces)
}

function rowsOf(columns: readonly TableColumn[]): number {
  return columns[0]?.values.length ?? 0
}

function parquetType({ values, isWhole = false }: Omit<TableColumn, 'name'>): ParquetColumn['type'] {
  const kinds = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  const [kind = 'number'] = kinds
  if (kinds.size > 1 || kind === 'string') return 'STRING'
  if (kind === 'boolean') return 'BOOLEAN'
  return isWhole && values.every((value) => value === null || Number.isSafeInteger(value)) ? 'INT64' : 'DOUBLE'
}

function* groupsOf(
  columns: readonly TableColumn[],
  types: readonly ParquetColumn[],
): Generator<readonly ParquetValues[]> {
  for (let from = 0; from < Math.max(1, rowsOf(columns)); from += GROUP_ROWS) {
    yield columns.map(({ values }, at) =>
      values.slice(from, from + GROUP_ROWS).map((value) => {
        if (value === null) return null
        const type = types[at]?.type
        return type === 'STRING' ? String(value) : type === 'INT64' ? BigInt(value) : value
      }),
    )
  }
}
