import { MetricTable } from '../../history/metric-table.ts'
import type { Source } from './source.ts'

/** A table of records from places spread over a long file, its end among them: a picture of it in a tenth of a second. */
export function sampleTable(source: Source, size: number): MetricTable {
  const table = new MetricTable()
  const bytes = Buffer.allocUnsafe(PLACE_BYTES)
  for (let place = 0; place < PLACES; place++) {
    const position = Math.floor(((size - PLACE_BYTES) * place) / (PLACES - 1))
    const got = source.read(bytes, position)
    // The first line is whole only at the start of the file.
    let start = position === 0 ? 0 : bytes.indexOf(NEWLINE) + 1
    if (start === 0 && position !== 0) continue
    for (let end = bytes.indexOf(NEWLINE, start); end !== -1 && end < got; end = bytes.indexOf(NEWLINE, start)) {
      if (table.scanner.scan(bytes, start, end)) table.add()
      start = end + 1
    }
  }
  return table
}

const PLACES = 300
const PLACE_BYTES = 16 * 1024
const NEWLINE = 0x0a
