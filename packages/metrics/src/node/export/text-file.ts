import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Writes a file piece by piece and gives it its name when it is whole: nobody sees half of it. */
export function writeTextFile(path: string, pieces: Iterable<string>): void {
  const temporary = `${path}.${process.pid}.tmp`
  const fd = openSync(temporary, 'w')
  try {
    let text = ''
    for (const piece of pieces) {
      text += piece
      if (text.length > BLOCK_CHARACTERS) {
        writeAll(fd, text)
        text = ''
      }
    }
    writeAll(fd, text)
  } catch (error) {
    closeSync(fd)
    rmSync(temporary, { force: true })
    throw error
  }
  closeSync(fd)
  renameSync(temporary, path)
}

const BLOCK_CHARACTERS = 1 << 20

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}
