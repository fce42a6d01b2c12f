/**
 * Formats one record of a CSV file (RFC 4180), terminated by `\n`. Non-finite numbers are `NaN`, `Infinity`, `-Infinity`.
 */
export function csvRecord(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\n`
}

/** A parsed record. */
export interface CsvRecord {
  readonly cells: readonly string[]
  /** The offset of the next record, in characters. */
  readonly end: number
}

/**
 * Reads the record at `from`, which ends with `\n`, `\r\n` or `\r`; null if the text ends before the record does.
 *
 * Quoted cells may contain commas, quotes and line breaks. Text after a closing quote belongs to the cell, as in other
 * CSV readers.
 */
export function readCsvRecord(text: string, from = 0): CsvRecord | null {
  const cells: string[] = []
  for (let at = from; ; ) {
    const quoted = text[at] === '"' ? readQuoted(text, at + 1) : { value: '', end: at }
    const stop = quoted === null ? -1 : nextStop(text, quoted.end)
    if (quoted === null || stop === -1) return null
    cells.push(quoted.value + text.slice(quoted.end, stop))
    at = stop + 1
    if (text[stop] !== ',') return lineEnd(text, stop, cells)
  }
}

function lineEnd(text: string, at: number, cells: readonly string[]): CsvRecord | null {
  if (text[at] === '\n') return { cells, end: at + 1 }
  // The last character may be the first half of a line break.
  if (at + 1 === text.length) return null
  return { cells, end: text[at + 1] === '\n' ? at + 2 : at + 1 }
}

function readQuoted(text: string, from: number): { readonly value: string; readonly end: number } | null {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return { value: text.slice(from, at).replaceAll('""', '"'), end: at + 1 }
  }
  return null
}

function nextStop(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at]
    if (character === ',' || character === '\n' || character === '\r') return at
  }
  return -1
}

function cell(value: string | number): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
