import { closeSync, fchmodSync, fstatSync, openSync, readSync } from 'node:fs'
import { csvRecord } from '../../table/csv.ts'
import { replaceFile, writeFully } from './whole-file.ts'

/**
 * Adds columns at the right end of a CSV file. Rewrites the file with an empty cell for each new column in every row, and replaces the old
 * file once the new one is complete.
 *
 * @param columns All columns of the new file. The last `added` of them are the new ones.
 * @throws File system errors; the file is then unchanged.
 */
export function widenCsv(path: string, columns: readonly string[], added: number): void {
  replaceFile(path, (temporary) => {
    const from = openSync(path, 'r')
    const to = openSync(temporary, 'wx')
    try {
      fchmodSync(to, fstatSync(from).mode & 0o777)
      writeFully(to, Buffer.from(csvRecord(columns)))
      copyRows(from, to, Buffer.alloc(added, ','))
    } finally {
      closeSync(from)
      closeSync(to)
    }
  })
}

const BLOCK_BYTES = 1 << 20
const NEWLINE = 10
const RETURN = 13
const QUOTE = 34

/** Copies all records except the header, with `commas` before each line break. */
function copyRows(from: number, to: number, commas: Buffer): void {
  let pieces: Buffer[] = []
  let bytes = 0
  let isHeader = true
  for (const record of recordsOf(from)) {
    const end = lengthWithoutLineEnd(record)
    if (end === 0) continue
    if (isHeader) {
      isHeader = false
      continue
    }
    pieces.push(record.subarray(0, end), commas, record.subarray(end))
    bytes += record.length + commas.length
    if (bytes < BLOCK_BYTES) continue
    writeFully(to, Buffer.concat(pieces))
    pieces = []
    bytes = 0
  }
  writeFully(to, Buffer.concat(pieces))
}

/** Returns a file's records with their line breaks. Line breaks inside quotes do not count. */
function* recordsOf(fd: number): Generator<Buffer> {
  const block = Buffer.alloc(BLOCK_BYTES)
  const isEnd = lineEnds()
  let begun: Buffer[] = []
  for (let read = readSync(fd, block); read > 0; read = readSync(fd, block)) {
    // Copied, because the block is reused while its records are waiting to be written.
    const bytes = Buffer.from(block.subarray(0, read))
    let start = 0
    for (let at = 0; at < read; at++) {
      if (!isEnd(bytes[at] ?? 0)) continue
      yield Buffer.concat([...begun, bytes.subarray(start, at)])
      begun = []
      start = at
    }
    begun.push(bytes.subarray(start))
  }
  const last = Buffer.concat(begun)
  if (last.length > 0) yield last
}

/** Returns a function that is called for each byte and returns whether a record ended before that byte. */
function lineEnds(): (byte: number) => boolean {
  let inQuotes = false
  let previous = 0
  return (byte) => {
    const isEnd = !inQuotes && (previous === NEWLINE || (previous === RETURN && byte !== NEWLINE))
    if (byte === QUOTE) inQuotes = !inQuotes
    previous = byte
    return isEnd
  }
}

function lengthWithoutLineEnd(record: Buffer): number {
  let end = record.length
  if (record[end - 1] === NEWLINE) end--
  if (record[end - 1] === RETURN) end--
  return end
}
