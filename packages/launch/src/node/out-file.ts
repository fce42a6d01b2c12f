import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { runFiles } from '@hotcb/protocol'

/** The file that contains a training run's output. */
export interface OutFile {
  /** The descriptor for the standard output and error of the training, opened for appending. */
  readonly fd: number
  /** Shortens the file if it is too long. */
  check(): void
  close(): void
}

/** A longer file is shortened, and its end is moved to `hotcb.out.1`. */
export const MAX_OUT_BYTES: number = 8 * 1024 * 1024
const KEPT_BYTES = 1024 * 1024

/**
 * Opens `hotcb.out` for appending.
 *
 * The training writes to the file itself, not through a pipe, so that it does not fail when its keeper exits. Without a keeper, the size
 * of the file is not limited.
 *
 * @param put Writes the end of a long file to `hotcb.out.1`.
 */
export function openOutFile(dir: string, put: (path: string, text: string) => void = replaceDocument): OutFile {
  const fd = openSync(join(dir, runFiles.out), 'a+')
  return {
    fd,
    check() {
      const { size } = fstatSync(fd)
      if (size <= MAX_OUT_BYTES) return
      put(join(dir, runFiles.outBefore), lastText(fd, size))
      // Output that the training has written in the meantime stays in the file.
      const since = readNewest(fd, size)
      const dropped = since.end - since.bytes.length
      ftruncateSync(fd, 0)
      writeSync(
        fd,
        `[hotcb: ${dropped} bytes of output were removed here; the last part is in ${runFiles.outBefore}]\n`,
      )
      writeSync(fd, since.bytes)
    },
    close: () => closeSync(fd),
  }
}

function lastText(fd: number, size: number): string {
  const bytes = Buffer.alloc(Math.min(size, KEPT_BYTES))
  const read = readSync(fd, bytes, 0, bytes.length, size - bytes.length)
  const text = bytes.subarray(0, read).toString('utf8')
  // The text begins with a whole line if there is one.
  return text.slice(text.indexOf('\n') + 1)
}

interface Newest {
  readonly bytes: Buffer
  /** The offset after these bytes. */
  readonly end: number
}

/**
 * Reads the end of the file after an offset, about as much as is kept. Output that the training writes during the read would be lost, so
 * the read is repeated a few times, until nothing new has been written.
 */
function readNewest(fd: number, from: number): Newest {
  const buffer = Buffer.alloc(2 * KEPT_BYTES)
  let newest: Newest
  let tries = 0
  do {
    const start = Math.max(from, fstatSync(fd).size - KEPT_BYTES)
    const read = readSync(fd, buffer, 0, buffer.length, start)
    newest = { bytes: buffer.subarray(0, read), end: start + read }
  } while (fstatSync(fd).size !== newest.end && ++tries < MOST_TRIES)
  return newest
}

const MOST_TRIES = 20
