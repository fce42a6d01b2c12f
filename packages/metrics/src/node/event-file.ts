import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '@hotcb/journal'
import { checkOptions, type OptionKeys } from '@hotcb/protocol'
import { encodeScalarEvent, encodeSessionStart, eventFileHeader, type ScalarEvent } from '../export/event-record.ts'
import { eventFileName, type ForeignFiles, foreignEventFiles } from './event-folder.ts'
import { writeFully } from './table/whole-file.ts'

/** An open TensorBoard event file. */
export interface EventFile {
  readonly path: string
  /**
   * Adds an event. It is written by the next `flush`, or when the buffer is large.
   *
   * @throws Disk errors; the file then ends with a complete record.
   */
  write(event: ScalarEvent): void
  /**
   * Records that the run continues at `step`, which it had reached before. Readers drop earlier points at this step and later steps. The
   * record is written only once, even if several writers of the file call this function.
   */
  restart(step: number): void
  flush(): void
  close(): void
}

/** Options for an event file. */
export interface EventFileOptions {
  /**
   * The time for the file's name and header, in epoch seconds. The name always sorts after the names of earlier files. @defaultValue now
   */
  readonly wallTime?: number | undefined
  /** The step at which the run starts or continues. @defaultValue the step of the first event */
  readonly step?: number | undefined
}

const EVENT_FILE_KEYS: OptionKeys<EventFileOptions> = { wallTime: true, step: true }

/**
 * Creates an event file in a directory, which TensorBoard then shows as a run: `tensorboard --logdir <directory>`.
 *
 * If there are event files from earlier processes, the new one begins with a session start, so that readers drop the points of steps that
 * are trained again.
 *
 * @throws Error if it cannot be created, TypeError for an unknown option.
 */
export function createEventFile(directory: string, options: EventFileOptions = {}): EventFile {
  checkOptions('createEventFile', options, EVENT_FILE_KEYS)
  const { wallTime = Date.now() / 1000, step } = options
  mkdirSync(directory, { recursive: true })
  const earlier = foreignEventFiles(directory, openPaths)
  const { fd, path } = openFirstFree(directory, wallTime, earlier)
  openPaths.add(path)
  let waiting: Uint8Array[] = [eventFileHeader(wallTime)]
  let bytes = 0
  let isFirst = earlier.count > 0
  // The step of the last session start, and the highest step written since.
  let startedAt = Number.NaN
  let highest = Number.NEGATIVE_INFINITY

  const add = (record: Uint8Array): void => {
    waiting.push(record)
    bytes += record.length
  }
  const start = (at: number, when: number): void => {
    add(encodeSessionStart(when, at))
    startedAt = at
    highest = Number.NEGATIVE_INFINITY
    isFirst = false
  }
  const flush = (): void => {
    const block = Buffer.concat(waiting)
    const { size } = fstatSync(fd)
    try {
      writeFully(fd, block)
    } catch (error) {
      // Readers stop at a partial record.
      ftruncateSync(fd, size)
      throw error
    }
    waiting = []
    bytes = 0
  }
  return {
    path,
    write(event) {
      if (isFirst) start(Math.min(step ?? event.step, event.step), event.wallTime)
      add(encodeScalarEvent(event))
      highest = Math.max(highest, event.step)
      if (bytes > FLUSH_BYTES) flush()
    },
    restart(at) {
      const isDone = startedAt === at && highest <= at
      if (!isFirst && !isDone && highest >= at) start(at, Date.now() / 1000)
    },
    flush,
    close() {
      openPaths.delete(path)
      try {
        flush()
        fdatasyncSync(fd)
      } finally {
        closeSync(fd)
      }
    },
  }
}

/**
 * Opens this process's event file for a directory. All writers in a process share it, because the session start in a second file would
 * hide the points in the first. It is created as by `createEventFile`, and the last writer closes it.
 *
 * @throws Error if it cannot be created.
 */
export function openEventFile(directory: string, options: EventFileOptions = {}): EventFile {
  checkOptions('openEventFile', options, EVENT_FILE_KEYS)
  mkdirSync(directory, { recursive: true })
  const key = realpathSync(directory)
  const shared = sharedFiles.get(key) ?? { file: createEventFile(directory, options), users: 0 }
  sharedFiles.set(key, shared)
  shared.users++
  let closed = false
  return {
    ...shared.file,
    close() {
      if (closed) return
      closed = true
      if (--shared.users > 0) return shared.file.flush()
      sharedFiles.delete(key)
      shared.file.close()
    },
  }
}

const FLUSH_BYTES = 256 * 1024
const openPaths = new Set<string>()
const sharedFiles = new Map<string, { readonly file: EventFile; users: number }>()

function openFirstFree(directory: string, wallTime: number, earlier: ForeignFiles): { fd: number; path: string } {
  // Readers sort files by name. Other hosts' clocks may be ahead, and a second is coarse.
  const seconds = Math.max(Math.floor(wallTime), earlier.count > 0 ? earlier.newestSeconds + 1 : 0)
  // TensorFlow's naming scheme: seconds, host, process, and a counter within the process.
  for (let number = 0; ; number++) {
    const path = join(directory, eventFileName(seconds, `${hostname()}.${process.pid}.${number}`))
    try {
      return { fd: openSync(path, 'ax'), path }
    } catch (error) {
      const taken = errnoOf(error) === 'EEXIST'
      if (!taken) throw error
    }
  }
}
