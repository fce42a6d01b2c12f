import { closeSync, openSync, readSync } from 'node:fs'
import { errnoOf } from '@hotcb/journal'
import { readCsvRecord } from '../../table/csv.ts'

/** The first line of a CSV file. */
export interface CsvHeader {
  readonly columns: readonly string[]
  /** The raw line if its line break is missing, because a process may have been killed while writing it. */
  readonly unfinished: string | null
}

/**
 * Reads the columns of a CSV file, however long its first line is. Skips a byte order mark and empty lines
 * before it. Null if the file is missing or empty.
 *
 * @throws Error if the first line does not end within 64 MiB, and file system errors.
 */
export function readCsvHeader(path: string): CsvHeader | null {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    for (let size = FIRST_BYTES; size <= MOST_BYTES; size *= 2) {
      const bytes = Buffer.alloc(size)
      const read = readFrom(fd, bytes)
      const found = headerIn(bytes.toString('utf8', 0, read), read < size)
      if (found !== undefined) return found
    }
  } finally {
    closeSync(fd)
  }
  throw new Error(`\`${path}\` is not a table: its first line is longer than ${MOST_BYTES >> 20} MiB`)
}

const FIRST_BYTES = 64 * 1024
const MOST_BYTES = 64 * 1024 * 1024

/** Returns undefined if more of the file must be read. */
function headerIn(text: string, isAll: boolean): CsvHeader | null | undefined {
  let at = text.startsWith('\ufeff') ? 1 : 0
  for (let record = readCsvRecord(text, at); record !== null; record = readCsvRecord(text, at)) {
    if (record.cells.length > 1 || record.cells[0] !== '') return { columns: record.cells, unfinished: null }
    at = record.end
  }
  if (!isAll) return undefined
  const unfinished = text.slice(at)
  if (unfinished.trim() === '') return null
  return { columns: readCsvRecord(`${unfinished}\n`)?.cells ?? [], unfinished }
}

function readFrom(fd: number, bytes: Buffer): number {
  let done = 0
  while (done < bytes.length) {
    const read = readSync(fd, bytes, done, bytes.length - done, done)
    if (read === 0) break
    done += read
  }
  return done
}
