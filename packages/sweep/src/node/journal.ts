import { mkdirSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { type Appender, hostFileName, openAppender, openTail, processStart, readLines, type Tail } from '@hotcb/journal'
import {
  formatJournalLine,
  type JournalLine,
  readJournalLine,
  type SeenRow,
  type SweepEvent,
} from '../journal/event.ts'
import { createFold, type Fold } from '../journal/fold.ts'
import type { Claim } from './claims.ts'
import type { Clock } from './clock.ts'
import { crashPoint } from './crash-point.ts'
import { showRows } from './observe.ts'
import { hostMark } from './paths.ts'
import { writeError } from './sweep-error.ts'

/** A workspace's journal, read from all of its files. */
export interface SweepJournal {
  /** The state as of the last {@link SweepJournal.refresh}. */
  readonly fold: Fold
  /** Reads the lines that other processes have appended. */
  refresh(): void
  /** Temporarily applies observed rows that are not in the journal yet, until the next {@link SweepJournal.refresh} or write. */
  show(rows: readonly SeenRow[]): void
  /** Returns the journal lines in order, for `why` and `log`. */
  lines(): readonly JournalLine[]
  /** Starts writing under a claim. */
  write(claim: Claim, command: string): JournalWriter
  close(): void
}

/** Appends under one claim. */
export interface JournalWriter {
  readonly fold: Fold
  /** The name of the person at the command line, as the journal records it. */
  readonly who: string
  /**
   * Appends all events in one write and applies them to the fold. Events that cannot be written are not applied.
   *
   * @throws SweepError `superseded`, `full`, or `refused` if the file cannot be written.
   */
  append(...events: readonly SweepEvent[]): void
  /** Appends events on behalf of a program, such as `driver` or `planner`: see {@link JournalWriter.append}. */
  appendBy(by: string, ...events: readonly SweepEvent[]): void
  /** @throws SweepError `superseded` if another process has taken over the workspace. */
  check(): void
  /** Appends the changes that HyperHerd has made since the journal was last written. */
  adopt(): void
  /** Closes the file. Call it before the claim is released. */
  close(): void
}

/** HyperHerd's changes to the sweep, which do not go through the journal. */
export interface ForeignWork {
  /** Reads HyperHerd's files. Call it before the journal is read, so that everything that we wrote ourselves is in the journal. */
  look(): void
  /**
   * Returns the changes that are not yet in the journal, as events.
   *
   * @throws SweepError `refused` if its files are inconsistent.
   */
  events(fold: Fold): readonly SweepEvent[]
}

const FOREIGN = 'hyperherd'

/** @param who The writer's name. Default: the user at the command line. */
export function openJournal(dir: string, clock: Clock, foreign: ForeignWork, who: string = userAtHost()): SweepJournal {
  const reader = new JournalReader(dir, clock, foreign)
  return {
    get fold() {
      return reader.fold
    },
    refresh: () => reader.refresh(),
    show: (rows) => reader.show(rows),
    lines: () => validLines(dir),
    write(claim, command) {
      mkdirSync(dir, { recursive: true })
      reader.withdraw()
      const after = reader.last
      const opening = (): SweepEvent => ({
        type: 'open',
        host: hostMark(),
        pid: process.pid,
        start: processStart(),
        token: claim.token,
        command,
        after,
      })
      const writer = openWriter(join(dir, hostFileName()), { claim, clock, foreign, who, opening }, reader)
      try {
        writer.adopt()
      } catch (error) {
        writer.close()
        throw error
      }
      return writer
    },
    close: () => reader.close(),
  }
}

/** The number of bytes read at a time. It is small so that memory for earlier text is released soon. */
const BATCH_BYTES = 64 * 1024

/** Follows the journal. A single file is read from where the last read stopped; if there are several files, all of them are read again. */
class JournalReader {
  fold: Fold = createFold()
  /** The position of the last line that was read. */
  last: Place = [0, 0]
  readonly #dir: string
  readonly #clock: Clock
  #tail: Tail | null = null
  readonly #foreign: ForeignWork
  #files = ''
  #hasRead = false
  #latest = 0
  #showsForeign = false
  /** Hides the rows that are shown but are not in the journal. */
  #hide: (() => void) | null = null

  constructor(dir: string, clock: Clock, foreign: ForeignWork) {
    this.#dir = dir
    this.#clock = clock
    this.#foreign = foreign
  }

  /** Reads new lines, and shows HyperHerd's changes, which the next writer appends. */
  refresh(): void {
    this.#foreign.look()
    this.withdraw()
    this.#read()
    // This is done once for all lines because there may be very many.
    this.#clock.atLeast(this.#latest)
    const events = this.#foreign.events(this.fold)
    const ts = this.#clock.now()
    for (const event of events) this.fold.apply({ n: 0, k: 0, ts, by: FOREIGN, event })
    this.#showsForeign = events.length > 0
  }

  /**
   * Applies rows to the fold in a way that can be undone. Otherwise a driver that shares the fold would assume that they are already
   * recorded, and would never record them.
   */
  show(rows: readonly SeenRow[]): void {
    const before = this.#hide
    const hide = showRows(this.fold, rows)
    this.#hide = () => {
      hide()
      before?.()
    }
  }

  /** Shows only what the journal contains. */
  withdraw(): void {
    this.#hide?.()
    this.#hide = null
    if (this.#showsForeign) this.#readAll()
    this.#showsForeign = false
  }

  #read(): void {
    const files = journalFiles(this.#dir)
    const names = files.join('\n')
    if (names !== this.#files) {
      this.close()
      this.#files = names
      this.#forget()
      this.#tail = files.length === 1 ? openTail(join(this.#dir, files[0] ?? ''), { from: 0 }) : null
    }
    if (files.length > 0 && (this.#tail === null || !this.#takeNew(this.#tail))) this.#readAll()
  }

  take(line: JournalLine): void {
    this.fold.apply(line)
    this.last = [line.n, line.k]
    this.#hasRead = true
    if (line.ts > this.#latest) this.#latest = line.ts
  }

  close(): void {
    this.#tail?.close()
    this.#tail = null
  }

  /** Returns false if the new lines do not simply continue the lines read so far. */
  #takeNew(tail: Tail): boolean {
    for (let more = true; more; ) {
      const batch = tail.read(BATCH_BYTES)
      if (batch.reset !== null) return false
      if (!batch.lines.every(({ text }) => this.#takeNext(readJournalLine(text)))) return false
      more = batch.more
    }
    return true
  }

  #takeNext(line: JournalLine | null): boolean {
    if (line === null) return true
    // Either our own line, or a line that a suspended writer appended after another process had taken over.
    if (this.#hasRead && compare([line.n, line.k], this.last) <= 0) return true
    if (line.event.type === 'open' && compare(line.event.after, this.last) !== 0) return false
    this.take(line)
    return true
  }

  #readAll(): void {
    this.#forget()
    for (const line of validLines(this.#dir)) this.take(line)
  }

  #forget(): void {
    this.fold = createFold()
    this.last = [0, 0]
    this.#hasRead = false
  }
}

type Place = readonly [n: number, k: number]

function compare([n, k]: Place, [m, l]: Place): number {
  return n - m || k - l
}

interface WriterState {
  readonly fold: Fold
  take(line: JournalLine): void
}

interface WriterParts {
  readonly claim: Claim
  readonly clock: Clock
  readonly foreign: ForeignWork
  /**
   * Returns the first line under the claim. Readers ignore later lines from an earlier holder, such as a suspended process.
   */
  readonly opening: () => SweepEvent
  readonly who: string
}

function userAtHost(): string {
  return `cli:${userName()}@${hostMark()}`
}

function openWriter(
  path: string,
  { claim, clock, foreign, who, opening }: WriterParts,
  state: WriterState,
): JournalWriter {
  // The file is opened when the first line is written, so that a driver with nothing to write leaves the journal unchanged.
  let appender: Appender | null = null
  let k = 0
  const append = (by: string, events: readonly SweepEvent[]): void => {
    claim.check()
    appender ??= openAppender(path)
    const file = appender
    const ts = clock.now()
    const lines = events.map((event, at): JournalLine => ({ n: claim.n, k: k + at, ts, by, event }))
    crashPoint('append')
    const failure = file.append(`${lines.map(formatJournalLine).join('\n')}\n`) ?? syncIfNeeded(file, events)
    if (failure !== null) throw writeError(`the journal cannot be written: ${failure.message}`, failure.code)
    crashPoint('appended')
    k += lines.length
    for (const line of lines) state.take(line)
  }
  const write = (by: string, events: readonly SweepEvent[]): void => {
    if (events.length === 0) return
    // This is a separate write: if a full disk truncates the next one, the opening line is already complete.
    if (k === 0) append(who, [opening()])
    append(by, events)
  }
  return {
    get fold() {
      return state.fold
    },
    who,
    append: (...events) => write(who, events),
    appendBy: (by, ...events) => write(by, events),
    check: () => claim.check(),
    adopt() {
      foreign.look()
      write(FOREIGN, foreign.events(state.fold))
    },
    close: () => void appender?.close(),
  }
}

const SYNCED = new Set(['intent', 'wish', 'decide', 'lineage'])

function syncIfNeeded(appender: Appender, events: readonly SweepEvent[]): ReturnType<Appender['sync']> {
  return events.some(({ type }) => SYNCED.has(type)) ? appender.sync() : null
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // The process may run in a container that has no entry for this user.
    return String(process.getuid?.() ?? 'user')
  }
}

/** Returns the names of a journal's files, one per host that wrote to it. */
export function journalFiles(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  } catch {
    // There is no journal yet.
    return []
  }
}

/** Returns all valid lines in order. Lines that a suspended writer appended after another process had taken over are ignored. */
function validLines(dir: string): readonly JournalLine[] {
  const all: JournalLine[] = []
  for (const name of journalFiles(dir)) {
    for (const { text } of readLines(join(dir, name))) {
      const line = readJournalLine(text)
      if (line !== null) all.push(line)
    }
  }
  all.sort((a, b) => compare([a.n, a.k], [b.n, b.k]))
  const valid: JournalLine[] = []
  let limit: Place = [Number.MAX_SAFE_INTEGER, 0]
  for (const line of all.reverse()) {
    if (compare([line.n, line.k], limit) > 0) continue
    valid.push(line)
    if (line.event.type === 'open' && line.n > 0) limit = line.event.after
  }
  return valid.reverse()
}
