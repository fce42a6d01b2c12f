import { closeSync, fdatasyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { encodeScalarEvent, eventFileHeader, type ScalarEvent } from '../export/event-record.ts'

/** A TensorBoard event file that is being written. */
export interface EventFile {
  readonly path: string
  /** Takes an event; it is written with the next `flush`, or when much has come together. Throws what the disk throws. */
  write(event: ScalarEvent): void
  flush(): void
  close(): void
}

/** What an event file may be told. */
export interface EventFileOptions {
  /** Epoch seconds that stand in its name and header. @defaultValue now */
  readonly wallTime?: number | undefined
}

/**
 * Makes a new event file in a directory, which TensorBoard then shows as a run: `tensorboard --logdir <directory>`.
 *
 * Throws when it cannot be made.
 */
export function createEventFile(directory: string, options: EventFileOptions = {}): EventFile {
  const { wallTime = Date.now() / 1000 } = options
  mkdirSync(directory, { recursive: true })
  // The name that TensorFlow gives: seconds, host, process, and a number of the process.
  const stem = `events.out.tfevents.${String(Math.floor(wallTime)).padStart(10, '0')}.${hostname()}.${process.pid}`
  const { fd, path } = openFirstFree(directory, stem)
  let waiting: Uint8Array[] = [eventFileHeader(wallTime)]
  let bytes = 0
  const flush = () => {
    const block = Buffer.concat(waiting)
    waiting = []
    bytes = 0
    for (let done = 0; done < block.length; ) done += writeSync(fd, block, done)
  }
  return {
    path,
    write(event) {
      const record = encodeScalarEvent(event)
      waiting.push(record)
      bytes += record.length
      if (bytes > FLUSH_BYTES) flush()
    },
    flush,
    close() {
      flush()
      fdatasyncSync(fd)
      closeSync(fd)
    },
  }
}

const FLUSH_BYTES = 256 * 1024

function openFirstFree(directory: string, stem: string): { fd: number; path: string } {
  for (let number = 0; ; number++) {
    const path = join(directory, `${stem}.${number}`)
    try {
      return { fd: openSync(path, 'wx'), path }
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      if (!taken) throw error
    }
  }
}
