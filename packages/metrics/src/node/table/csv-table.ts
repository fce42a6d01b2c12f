import { truncateSync } from 'node:fs'
import type { Appender } from '@hotcb/journal'
import { show } from '@hotcb/protocol'
import { columnName } from '../../table/column-name.ts'
import { csvRecord, readCsvRecord } from '../../table/csv.ts'
import { readCsvHeader } from './csv-header.ts'
import { appendLines, cutTornLine, openTableFile, refuseOtherThanFile } from './table-file.ts'
import { widenCsv } from './widen-csv.ts'

/** How a CSV table is written. */
export interface CsvTableOptions {
  /** Columns that the writer fills itself, first in a new file. A file that goes on must have the first of them. */
  readonly own: readonly string[]
  /** Called with one line when the file is mended or written again. @defaultValue nothing */
  readonly note?: (text: string) => void
}

/** One row. */
export interface CsvRow {
  /** Cells of the own columns. */
  readonly own: Readonly<Record<string, string | number>>
  /** Values by the names of metrics; what is not there is an empty cell. */
  readonly metrics: ReadonlyMap<string, number>
  /** Metrics that have a column whether or not there is a value yet. None: those of the first row with metrics. */
  readonly asked: readonly string[]
}

/** A CSV file that grows by a row now and then, and that several processes continue one after the other. */
export interface CsvTable {
  /**
   * Appends a row. Nothing is written before the columns are known: with none asked for, by the first row with metrics.
   *
   * @returns Names of metrics in the row that have no column.
   * @throws Error when the file is not a table of this kind, or cannot be written.
   */
  append(row: CsvRow): readonly string[]
  close(): void
}

/**
 * Opens a table for appending (RFC 4180, UTF-8, lines end in `\n`).
 *
 * A file that is there goes on with the columns of its own first line, in their order: quoted, long, with a byte order
 * mark, with other line ends or changed by hand. A column that is asked for and missing is added at the right end. A
 * last row without its end is cut off.
 *
 * @throws Error when the path is not that of a file, or cannot be opened.
 */
export function openCsvTable(path: string, options: CsvTableOptions): CsvTable {
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
    if (torn !== null) note(`cut an unfinished row off the end: ${show(torn)}`)
    this.#file = openTableFile(path)
  }

  append({ own, metrics, asked }: CsvRow): readonly string[] {
    // Others may have written, replaced or deleted the file since.
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
    // Of a column that is there twice, after an edit by hand, the second stays empty.
    appendLines(this.#file, csvRecord(columns.map((column) => take(cells, column))))
    return lost
  }

  close(): void {
    this.#file.close()
  }

  /** The columns of the file, made or widened as needed; null while nothing says which there are. */
  #continue(wanted: readonly string[], metrics: ReadonlyMap<string, number>): readonly string[] | null {
    if (this.#unfinished !== null) this.#finishHeader(this.#unfinished, this.#firstHeader(wanted, metrics))
    if (this.#columns === null) {
      const header = this.#firstHeader(wanted, metrics)
      if (header === null) return null
      // Nothing is there but a byte order mark, empty lines, or a part of this header.
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
    this.#note(`added the columns ${missing.join(', ')}: the table was written again, with empty cells in earlier rows`)
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

  /** A killed process may have left a part of the header; a person may have left out no more than its line end. */
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
    const hint = other === undefined ? '' : `; it is separated by ${JSON.stringify(other)}, save it with commas`
    throw new Error(`\`${this.#path}\` has no column \`${first}\` in its first line${hint}: name another file`)
  }
}

function take(cells: Map<string, string | number>, column: string): string | number {
  const cell = cells.get(column) ?? ''
  cells.delete(column)
  return cell
}
