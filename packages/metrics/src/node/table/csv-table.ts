import { truncateSync } from 'node:fs'
import type { Appender } from '@hotcb/journal'
import { checkOptions, type OptionKeys, show } from '@hotcb/protocol'
import { columnName } from '../../table/column-name.ts'
import { csvRecord, readCsvRecord } from '../../table/csv.ts'
import { readCsvHeader } from './csv-header.ts'
import { appendLines, cutTornLine, openTableFile, refuseOtherThanFile } from './table-file.ts'
import { widenCsv } from './widen-csv.ts'

/** Options for a CSV table. */
export interface CsvTableOptions {
  /** Columns that the writer fills in itself. They come first in a new file. An existing file must have the first of them. */
  readonly own: readonly string[]
  /** Called with one line when the file is repaired or rewritten. @defaultValue nothing */
  readonly note?: (text: string) => void
}

const TABLE_KEYS: OptionKeys<CsvTableOptions> = { own: true, note: true }

/** One row. */
export interface CsvRow {
  /** The cells for the writer's own columns. */
  readonly own: Readonly<Record<string, string | number>>
  /** Values by metric name. A missing value is an empty cell. */
  readonly metrics: ReadonlyMap<string, number>
  /** Metrics that get a column even without a value. If the list is empty, these are the metrics of the first row that has any. */
  readonly asked: readonly string[]
}

/** A CSV file that grows row by row and that several processes may continue one after another. */
export interface CsvTable {
  /**
   * Appends a row. Nothing is written until the columns are known. Without `asked`, they come from the first row with metrics.
   *
   * @returns The names of metrics in the row that have no column.
   * @throws Error if the file is not a table of this kind, or cannot be written.
   */
  append(row: CsvRow): readonly string[]
  close(): void
}

/**
 * Opens a table for appending (RFC 4180, UTF-8, lines end in `\n`).
 *
 * An existing file continues with the columns in its first line, in order, even if that line is quoted, long, edited by hand, or has a
 * byte order mark or different line breaks. A missing requested column is added at the right end. An incomplete last row is removed.
 *
 * @throws Error if the path is not a file, or cannot be opened; TypeError for an unknown option.
 */
export function openCsvTable(path: string, options: CsvTableOptions): CsvTable {
  checkOptions('openCsvTable', options, TABLE_KEYS)
  return new AppendedCsv(path, options)
}

class AppendedCsv implements CsvTable {
  readonly #path: string
  readonly #own: readonly string[]
  readonly #note: (text: string) => void
  readonly #file: Appender
  readonly #names = new Map<string, string>()
  #columns: readonly string[] | null = null
  #placed: ReadonlySet<string> = new Set()
  #unfinished: string | null = null

  constructor(path: string, { own, note = () => {} }: CsvTableOptions) {
    this.#path = path
    this.#own = own
    this.#note = note
    refuseOtherThanFile(path)
    this.#readHeader()
    const { length } = this.#columns ?? []
    const torn =
      this.#columns === null || this.#unfinished !== null
        ? null
        : cutTornLine(path, (line) => (readCsvRecord(`${line}\n`)?.cells.length ?? 0) >= length)
    if (torn !== null) note(`removed an unfinished last row: ${show(torn)}`)
    this.#file = openTableFile(path)
  }

  append({ own, metrics, asked }: CsvRow): readonly string[] {
    // Other programs may have written to the file, replaced or deleted it since then.
    if (!this.#file.checkIdentity() || this.#file.size() !== this.#file.endOffset) this.#readHeader()
    const wanted = asked.filter((name) => !this.#own.includes(name) || metrics.has(name)).map(this.#nameOf)
    const columns = this.#continue(wanted, metrics)
    if (columns === null) return []
    const cells = new Map<string, string | number>(Object.entries(own))
    const lost: string[] = []
    for (const [name, value] of metrics) {
      const column = this.#nameOf(name)
      if (this.#placed.has(column)) cells.set(column, value)
      else lost.push(name)
    }
    // A hand-edited file may contain a column twice. The second one stays empty.
    appendLines(this.#file, csvRecord(columns.map((column) => take(cells, column))))
    return lost
  }

  close(): void {
    this.#file.close()
  }

  /** The columns of the file, created or extended as needed; null while they are unknown. */
  #continue(wanted: readonly string[], metrics: ReadonlyMap<string, number>): readonly string[] | null {
    if (this.#unfinished !== null) this.#finishHeader(this.#unfinished, this.#firstHeader(wanted, metrics))
    if (this.#columns === null) {
      const header = this.#firstHeader(wanted, metrics)
      if (header === null) return null
      // The file contains only a byte order mark, empty lines, or part of this header.
      if (this.#file.size() > 0) truncateSync(this.#path, 0)
      appendLines(this.#file, csvRecord(header))
      this.#take(header)
      return header
    }
    const missing = [...new Set(wanted)].filter((column) => !this.#placed.has(column))
    if (missing.length === 0) return this.#columns
    const columns = [...this.#columns, ...missing]
    widenCsv(this.#path, columns, missing.length)
    this.#file.checkIdentity()
    this.#take(columns)
    this.#note(`added the columns ${missing.join(', ')}: rewrote the table with empty cells in earlier rows`)
    return columns
  }

  #firstHeader(wanted: readonly string[], metrics: ReadonlyMap<string, number>): readonly string[] | null {
    const named = wanted.length > 0 ? wanted : [...metrics.keys()].map(this.#nameOf)
    return named.length === 0 ? null : [...new Set([...this.#own, ...named])]
  }

  readonly #nameOf = (metric: string): string => {
    const known = this.#names.get(metric)
    if (known !== undefined) return known
    const name = columnName(metric, this.#own)
    this.#names.set(metric, name)
    return name
  }

  #take(columns: readonly string[] | null): void {
    this.#columns = columns
    this.#placed = new Set(columns)
  }

  #readHeader(): void {
    const header = readCsvHeader(this.#path)
    this.#take(header?.columns ?? null)
    this.#unfinished = header?.unfinished ?? null
    if (this.#unfinished === null) this.#requireOwn()
  }

  /** Completes a header that a killed process left incomplete, or whose line break an editor left out. */
  #finishHeader(unfinished: string, wanted: readonly string[] | null): void {
    if (wanted === null) return
    const whole = csvRecord(wanted)
    if (whole.startsWith(unfinished) && `${unfinished}\n` !== whole) this.#take(null)
    this.#unfinished = null
    this.#requireOwn()
  }

  #requireOwn(): void {
    const [first = ''] = this.#own
    if (this.#columns === null || this.#placed.has(first)) return
    const other = [';', '\t'].find((mark) => this.#columns?.some((cell) => cell.split(mark).includes(first)))
    const hint =
      other === undefined
        ? 'choose a different file'
        : `its separator is ${JSON.stringify(other)}, so save it with commas`
    throw new Error(`\`${this.#path}\` has no column \`${first}\` in its first line: ${hint}`)
  }
}

function take(cells: Map<string, string | number>, column: string): string | number {
  const cell = cells.get(column) ?? ''
  cells.delete(column)
  return cell
}
