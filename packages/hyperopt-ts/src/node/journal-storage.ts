import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { StudyEvent } from '../event.ts'
import { eventProblem } from '../event-check.ts'
import type { Storage } from '../storage.ts'

/** A storage in a file, with the problems found in the file. */
export interface JournalStorage extends Storage {
  readonly path: string
  /** The lines that are not events, with the reason: a line truncated by a kill, or foreign text. */
  readonly skipped: readonly { readonly line: number; readonly problem: string }[]
  /** Closes the file. Reading and appending throw after that. */
  readonly close: () => void
}

/**
 * Creates a storage that keeps its events in a file, one line of JSON each; any number of processes may use the file at once.
 *
 * Every event is a single `write` to a file opened with O_APPEND, so on a local file system, lines from different processes never mix, and
 * the order of the lines is the same for all readers. A line that a killed process left unfinished is skipped and listed in `skipped`.
 * Network file systems do not guarantee this order, so keep the file on a local disk.
 *
 * Trials in it record times and their owner, so that abandoned ones can be found: see `Study.retryStale`.
 *
 * The file and its directory are created if they do not exist. Written data has been passed to the operating system,
 * not flushed to disk: it survives the process, but not a power loss.
 *
 * @throws An error from `node:fs` if the file cannot be opened, read or written.
 */
export function journalStorage(path: string): JournalStorage {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o666)
  const writer = randomUUID()
  const events: StudyEvent[] = []
  const skipped: { line: number; problem: string }[] = []
  const own = new Map<string, number>()
  const chunk = Buffer.alloc(1 << 16)
  let offset = 0
  let rest: Buffer = Buffer.alloc(0)
  let lines = 0
  let appended = 0

  const take = (line: string): void => {
    lines += 1
    if (line === '') return
    const entry = parseLine(line)
    if (typeof entry === 'string') {
      skipped.push({ line: lines, problem: entry })
      return
    }
    events.push(entry.event)
    if (entry.by.startsWith(writer)) own.set(entry.by, events.length - 1)
  }

  const catchUp = (): void => {
    for (;;) {
      const size = readSync(file, chunk, 0, chunk.length, offset)
      if (size === 0) return
      offset += size
      rest = Buffer.concat([rest, chunk.subarray(0, size)])
      let start = 0
      for (let end = rest.indexOf(10, start); end >= 0; end = rest.indexOf(10, start)) {
        take(rest.toString('utf8', start, end))
        start = end + 1
      }
      rest = Buffer.from(rest.subarray(start))
    }
  }

  return {
    path,
    skipped,
    clock: Date.now,
    owner: `${hostname()}:${process.pid}`,
    read: (from) => {
      catchUp()
      return events.slice(from)
    },
    append: (event) => {
      catchUp()
      const by = `${writer} ${appended++}`
      // A killed process's partial line must not become the beginning of ours.
      const line = `${rest.length > 0 ? '\n' : ''}${JSON.stringify({ ...event, by })}\n`
      writeWhole(file, Buffer.from(line), path)
      catchUp()
      const index = own.get(by)
      if (index === undefined) {
        throw new Error(
          `the event appended to \`${path}\` cannot be read back, the file was ${fstatSync(file).size < offset ? 'truncated' : 'changed'}`,
        )
      }
      own.delete(by)
      return index
    },
    close: () => closeSync(file),
  }
}

function writeWhole(file: number, line: Buffer, path: string): void {
  const written = writeSync(file, line)
  // A second write could end up after another process's line.
  if (written !== line.length)
    throw new Error(`only ${written} of ${line.length} bytes could be appended to \`${path}\`, the disk may be full`)
}

function parseLine(line: string): { event: StudyEvent; by: string } | string {
  let data: unknown
  try {
    data = JSON.parse(line)
  } catch {
    return 'is not JSON'
  }
  const problem = eventProblem(data)
  if (problem !== undefined) return problem
  const { by, ...event } = data as StudyEvent & { by?: unknown } // `eventProblem` has found nothing wrong with it.
  return { event, by: typeof by === 'string' ? by : '' }
}
