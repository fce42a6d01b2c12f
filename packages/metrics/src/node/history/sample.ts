import { MetricTable } from '../../history/metric-table.ts'
import type { Source } from './source.ts'

/**
 * Reads records from positions spread over a long file, including its end, for an overview within a tenth of a second.
 *
 * @param sampleBytes The number of bytes to read, from at least 48 and at most 300 positions. @defaultValue 4.8 MB
 */
export function sampleTable(source: Source, size: number, sampleBytes: number = SAMPLE_BYTES): MetricTable {
  const table = new MetricTable()
  // A line with thousands of metrics is longer than a typical sample. In that case, there are fewer samples, each long enough for
  // a line.
  const placeBytes = Math.min(size, Math.max(PLACE_BYTES, 2 * firstLineBytes(source, size)))
  const wanted = Math.max(CROWDED_PLACES, Math.min(PLACES, Math.floor(sampleBytes / PLACE_BYTES)))
  const places = Math.max(FEWEST_PLACES, Math.min(wanted, Math.floor((wanted * PLACE_BYTES) / placeBytes)))
  const bytes = Buffer.allocUnsafe(placeBytes)
  for (let place = 0; place < places; place++) {
    const position = Math.floor(((size - placeBytes) * place) / (places - 1))
    const got = source.read(bytes, position)
    // The first line is complete only at the start of the file.
    let start = position === 0 ? 0 : bytes.indexOf(NEWLINE) + 1
    if (start === 0 && position !== 0) continue
    for (let end = bytes.indexOf(NEWLINE, start); end !== -1 && end < got; end = bytes.indexOf(NEWLINE, start)) {
      if (table.scanner.scan(bytes, start, end)) table.add()
      start = end + 1
    }
  }
  return table
}

function firstLineBytes(source: Source, size: number): number {
  for (let length = PLACE_BYTES; length <= LONGEST_LINE; length *= 4) {
    const bytes = Buffer.allocUnsafe(Math.min(length, size))
    const end = bytes.subarray(0, source.read(bytes, 0)).indexOf(NEWLINE)
    if (end !== -1) return end + 1
    if (length >= size) break
  }
  return PLACE_BYTES
}

const PLACES = 300
// The number of positions to read in each file if many are opened at once.
const CROWDED_PLACES = 48
const FEWEST_PLACES = 16
const LONGEST_LINE = 4 * 1024 * 1024
const PLACE_BYTES = 16 * 1024
/** The sample of one file. */
export const SAMPLE_BYTES: number = PLACES * PLACE_BYTES
const NEWLINE = 0x0a
