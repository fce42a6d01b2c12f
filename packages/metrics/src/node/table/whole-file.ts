import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes a file in pieces of text or bytes, and renames it into place when it is complete. */
export function writeWholeFile(path: string, pieces: Iterable<string> | Iterable<Uint8Array>): void {
  replaceFile(path, (temporary) => writePieces(temporary, pieces))
}

/** Writes a file under a temporary name in its directory, then renames it. A failure leaves no file behind. */
export function replaceFile(path: string, write: (temporary: string) => void): void {
  const temporary = temporaryName(path)
  try {
    write(temporary)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Returns a hidden temporary name in the same directory, unique to this process. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.hotcb-${process.pid}-${++files}.tmp`)
}

/** Writes all of the bytes. */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}

let files = 0
const BLOCK_LENGTH = 1 << 20

function writePieces(path: string, pieces: Iterable<string> | Iterable<Uint8Array>): void {
  const fd = openSync(path, 'wx')
  let text = ''
  let blocks: Uint8Array[] = []
  let length = 0
  const flush = (): void => {
    writeFully(fd, Buffer.concat([...blocks, Buffer.from(text)]))
    text = ''
    blocks = []
    length = 0
  }
  try {
    for (const piece of pieces) {
      if (typeof piece === 'string') text += piece
      else blocks.push(piece)
      length += piece.length
      if (length > BLOCK_LENGTH) flush()
    }
    flush()
  } finally {
    closeSync(fd)
  }
}
