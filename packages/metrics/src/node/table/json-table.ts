import { type Json, parseJson, show } from '@hotcb/protocol'
import { jsonRow } from '../../table/json-row.ts'
import { appendLines, cutTornLine, openTableFile, refuseOtherThanFile } from './table-file.ts'

/** A file of JSON lines that grows row by row. */
export interface JsonTable {
  /**
   * Appends a row: the table's own columns, then the metrics. A metric with the same name as one of the table's own columns is written as
   * `metrics.<name>`.
   *
   * @throws Error if the file cannot be written.
   */
  append(own: Readonly<Record<string, Json>>, metrics: Iterable<readonly [name: string, Json]>): void
  close(): void
}

/**
 * Opens a table of JSON lines for appending. An incomplete last line is removed unless it is valid JSON.
 *
 * @param note Called with one line if that happens.
 * @throws Error if the path is not a file, or cannot be opened.
 */
export function openJsonTable(path: string, note: (text: string) => void = () => {}): JsonTable {
  refuseOtherThanFile(path)
  const torn = cutTornLine(path, (line) => parseJson(line).ok)
  if (torn !== null) note(`removed an unfinished last row: ${show(torn)}`)
  const file = openTableFile(path)
  return {
    append: (own, metrics) => appendLines(file, jsonRow(own, metrics)),
    close: file.close.bind(file),
  }
}
