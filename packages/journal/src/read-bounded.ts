import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { JournalError } from './errors.ts'

/** The largest document: 64 MiB. */
export const MOST_DOCUMENT_BYTES: number = 64 * 1024 * 1024

const PIECE_BYTES = 65_536

/**
 * Reads the text of a file, a pipe or a device, up to a limit, since a device such as `/dev/zero` never ends.
 *
 * @throws {@link JournalError} `too-large` beyond `mostBytes`; the error of `open` or `read`, such as ENOENT.
 */
export function readBounded(path: string, mostBytes: number): string {
  const fd = openSync(path, 'r')
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return readPieces(fd, path, mostBytes)
    if (stats.size > mostBytes) throw tooLarge(path, mostBytes)
    return readFileSync(fd, 'utf8')
  } finally {
    closeSync(fd)
  }
}

function readPieces(fd: number, path: string, mostBytes: number): string {
  const pieces: Buffer[] = []
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  for (let bytes = 0; ; ) {
    const got = readSync(fd, piece)
    if (got === 0) return Buffer.concat(pieces).toString('utf8')
    bytes += got
    if (bytes > mostBytes) throw tooLarge(path, mostBytes)
    pieces.push(Buffer.from(piece.subarray(0, got)))
  }
}

function tooLarge(path: string, mostBytes: number): JournalError {
  const most = `${Math.floor(mostBytes / 1024 / 1024)} MiB`
  return new JournalError('too-large', `cannot read \`${path}\`: it is larger than the limit of ${most}`, path)
}
