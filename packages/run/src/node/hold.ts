import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { processStart } from '@hotcb/journal'
import { checkOptions, type JsonObject, type OptionKeys } from '@hotcb/protocol'
import { beginLine, endLine, type Holder, showHolder } from '../hold-lines.ts'
import { RunError } from '../run-error.ts'
import { type HeldLog, openHeldLog } from './held-log.ts'
import { logSign, mayLive, TOUCH_MS, touchLog } from './holder-life.ts'

/** Why a holder's lines were not written: another process owns the log now, or the write failed. */
export interface HoldTrouble {
  /** `superseded`, or the system's error name, such as `ENOSPC`. */
  readonly code: string
  readonly message: string
}

/** A log to which this process may write, until a later start takes it over. */
export interface Hold {
  /** The number of this start, from 1. All ids that this holder writes begin with it. */
  readonly n: number
  /** The path of the file. */
  readonly path: string
  /** The process that has taken over; undefined while this process holds the log, as of the last check. */
  readonly supersededBy: Holder | undefined
  /** Checks whether this process still holds the file. Takes about a microsecond while no other process writes. */
  look(): boolean
  /**
   * Checks, then appends lines in one write, each with `n`. Lines that cannot be written stay in memory and are written
   * first the next time.
   *
   * @throws RangeError for a number that is not finite, TypeError once closed.
   */
  append(lines: readonly JsonObject[]): HoldTrouble | null
  /**
   * Releases the log by writing an `end` line, if this process still holds it. The next start then need not check
   * whether this process is alive.
   */
  close(): void
}

/** Options for taking a log. */
export interface HoldOptions {
  /** A human-readable description of the holder, such as `notifier`. */
  readonly engine: string
  /** Whether to take the log even from a live holder. @defaultValue false */
  readonly takeOver?: boolean
  /** Called for every valid line that is already in the log, in order, except `begin` and `end`. */
  readonly onLine?: (line: JsonObject) => void
  /** Called once, when another start has taken the log. */
  readonly onSuperseded?: (by: Holder) => void
  /** Additional fields for `begin` and `end` lines, for readers of this log that need them. */
  readonly fields?: (n: number) => JsonObject
}

const KEYS: OptionKeys<HoldOptions> = { engine: true, takeOver: true, onLine: true, onSuperseded: true, fields: true }

const MAX_TRIES = 8

/**
 * Makes this process the only writer (the holder) of a log, such as `hotcb.autopilot.jsonl`.
 *
 * There is no lock. Each start appends a `begin` line with a number higher than all others, and the highest number owns
 * the log. A holder checks before each write, and stops permanently when it finds a later start. Lines that it writes
 * too late, because it was suspended between the check and the write, are void; see {@link createHoldFold}.
 *
 * @param file The file's name in the run directory.
 * @throws {@link RunError} `held`, with the name of the live holder; JournalError when the file cannot be read or
 *   written.
 */
export function openHold(dir: string, file: string, options: HoldOptions): Hold {
  checkOptions('openHold', options, KEYS)
  const path = join(dir, file)
  const log = openHeldLog(path)
  try {
    const sign = logSign(path)
    const { lines, failure } = log.readAll()
    if (failure !== null) throw new RunError('not-written', failure.message)
    const { holder, hasEnded } = log.fold
    const isAsked = holder !== undefined && !hasEnded && options.takeOver !== true
    if (isAsked && mayLive(holder, path, sign)) throw held(path, holder)
    for (const line of lines) options.onLine?.(line)
    return holdOf(log, takeLog(log, options), options)
  } catch (error) {
    log.close()
    throw error
  }
}

/** Appends `begin` lines until one of ours has a unique number. */
function takeLog(log: HeldLog, { engine, fields }: HoldOptions): Holder {
  const own = {
    token: randomBytes(8).toString('hex'),
    host: hostname(),
    pid: process.pid,
    start: processStart(),
    engine,
  }
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const holder: Holder = { n: (log.fold.holder?.n ?? 0) + 1, ...own }
    const failure = log.write([beginLine(holder, nowSeconds(), fields?.(holder.n))]) ?? log.readNew()
    if (failure !== null) throw new RunError('not-written', failure.message)
    const winner = log.fold.holder
    if (winner?.token === own.token && winner.n === holder.n && !log.fold.isContended) return holder
    // Two starts used the same number at the same time. The process with the later line wins, and chooses a new number.
    if (winner !== undefined && winner.token !== own.token) throw held(log.path, winner)
  }
  throw new RunError('held', `\`${log.path}\` could not be taken over: other programs keep opening it`)
}

function holdOf(log: HeldLog, holder: Holder, { onSuperseded, fields }: HoldOptions): Hold {
  let supersededBy: Holder | undefined
  let isClosed = false
  const begin = (): HoldTrouble | null =>
    // If the disk is full, at most one such line is kept in memory.
    log.flush() ?? log.write([beginLine(holder, nowSeconds(), fields?.(holder.n))]) ?? log.readNew()
  const look = (): HoldTrouble | null => {
    if (supersededBy !== undefined) return { code: 'superseded', message: heldText(log.path, supersededBy) }
    const failure = log.readNew()
    if (failure !== null) return failure
    const winner = log.fold.holder
    if (winner?.token === holder.token) return null
    // The file was removed or replaced, and the next start must find this holder in the new file.
    if (winner === undefined || winner.n < holder.n) return begin()
    supersededBy = winner
    stop()
    onSuperseded?.(winner)
    return { code: 'superseded', message: heldText(log.path, winner) }
  }
  const timer = setInterval(() => {
    if (look() === null && !touchLog(log.path)) begin()
  }, TOUCH_MS).unref()
  const stop = (): void => {
    clearInterval(timer)
    log.close()
  }
  return {
    n: holder.n,
    path: log.path,
    get supersededBy() {
      return supersededBy
    },
    look() {
      if (!isClosed) look()
      return !isClosed && supersededBy === undefined
    },
    append(lines) {
      if (isClosed) throw new TypeError(`\`${log.path}\` is closed`)
      return look() ?? log.write(lines.map((line) => ({ ...line, n: holder.n })))
    },
    close() {
      if (isClosed) return
      if (look() === null) log.write([endLine(holder, nowSeconds(), fields?.(holder.n))])
      isClosed = true
      if (supersededBy === undefined) stop()
    },
  }
}

function held(path: string, holder: Holder): RunError {
  return new RunError('held', heldText(path, holder), 'stop it first, or take the log over with `--take-over`')
}

function heldText(path: string, holder: Holder): string {
  return `\`${path}\` is held by ${showHolder(holder)}`
}

function nowSeconds(): number {
  return Date.now() / 1000
}
