import {
  type Decision,
  formatLedgerLine,
  type JsonObject,
  type LastLine,
  type LedgerLine,
  messageOf,
  oneLine,
} from '@hotcb/protocol'
import { type Ask, joinNotes } from './ask.ts'
import type { Clock, LedgerPort } from './ports.ts'

/** Where in the run a line is written. */
export interface Place {
  readonly step: number | null
  readonly call: number | null
  readonly epoch: number | null
  readonly phase: string | null
  readonly event: string | null
  /** After the events of this call. */
  readonly after: boolean
  /** After everything else of its step. */
  readonly end: boolean
}

/** What was decided about an ask. */
export interface Verdict {
  readonly decision: Decision
  readonly payload?: JsonObject | null
  readonly old?: JsonObject | null
  readonly error?: string | null
  readonly traceback?: string | null
  readonly notes?: string | null
  readonly ranks?: readonly number[] | null
}

/** Writes the ledger: gives seqs, gathers the lines of a safe point, and writes them in one piece. */
export interface Recorder {
  /** Adds the deciding line of an ask; it reaches the file with the next `flush`, or before when there are many. */
  record(ask: Ask, verdict: Verdict): LedgerLine
  /** Writes what was gathered. False while something is still in memory (disk full). */
  flush(): boolean
  /** The place that the next lines carry. */
  place: Place
  /** By `module:id`: what the state document shows. */
  readonly last: Readonly<Record<string, LastLine>>
  /** Seq of the last line. */
  seq: number
  attempt: number
  readonly isDegraded: boolean
  /** Why the ledger cannot be written, while it cannot. */
  readonly failure: string | null
  /** Looks at the wall clock: the lines from here on carry its time. */
  tell(): void
  /** Forgets what is gathered: the directory belongs to another kernel. */
  discard(): void
}

/** Before the loop. */
export const NOWHERE: Place = {
  step: null,
  call: null,
  epoch: null,
  phase: null,
  event: null,
  after: false,
  end: false,
}

// Some seventy lines: a write costs little beside them.
const PIECE_LENGTH = 32 * 1024

/**
 * @param seq Seq of the last line that stands.
 * @param note Told once why the ledger cannot be written, and once when it can again.
 */
export function createRecorder(
  ledger: LedgerPort,
  clock: Clock,
  seq: number,
  last: Record<string, LastLine>,
  note: (message: string) => void = () => undefined,
): Recorder {
  let text = ''
  let seqs: number[] = []
  let failure: string | null = null
  let wallTime = clock.wallTime()
  let [lastModule, lastId, lastHandle] = ['', '', '']

  function fail(why: string | null): void {
    if (why !== null && why !== failure) note(`degraded, no more changes are taken: ${why}`)
    if (why === null && failure !== null) note('the ledger is written again: changes are taken')
    failure = why
  }

  const recorder: Recorder = {
    place: NOWHERE,
    last,
    seq,
    attempt: 0,
    get isDegraded() {
      return failure !== null
    },
    get failure() {
      return failure
    },
    record(ask, verdict) {
      const { place } = recorder
      const { op, of } = ask
      const bare: LedgerLine = {
        seq: recorder.seq + 1,
        step: place.step,
        epoch: place.epoch,
        event: ask.event ?? place.event,
        phase: place.phase,
        module: op.module,
        op: op.op,
        id: op.id,
        source: ask.source,
        decision: verdict.decision,
        params: op.params ?? coreParams(ask),
        payload: verdict.payload ?? null,
        error: verdict.error === undefined || verdict.error === null ? null : oneLine(verdict.error),
        traceback: verdict.traceback ?? null,
        notes: verdict.notes === undefined || verdict.notes === null ? ask.notes : joinNotes(ask.notes, verdict.notes),
        wall_time: wallTime,
        cid: ask.cid,
        writer: ask.writer,
        offset: ask.offset,
        author: ask.author,
        call: place.call,
        old: verdict.old ?? null,
        of: of === null ? null : of.seq,
        reverts: ask.reverts,
        attempt: recorder.attempt,
        ranks: verdict.ranks ?? null,
      }
      const { line, text: formatted } = format(place.after || place.end ? placed(bare, place) : bare)
      // Only now is the seq taken: a line that cannot be formatted must leave no gap.
      recorder.seq = line.seq
      text += formatted
      seqs.push(line.seq)
      if (op.module !== lastModule || op.id !== lastId) {
        lastModule = op.module
        lastId = op.id
        lastHandle = `${op.module}:${op.id}`
      }
      last[lastHandle] = line
      // A megabyte of text in pieces, kept for a whole safe point, is copied again and again by the collector.
      if (text.length > PIECE_LENGTH) recorder.flush()
      return line
    },
    flush() {
      if (text === '' && failure === null && (ledger.lost ?? null) === null) return true
      const refused = text === '' ? ledger.flush() : ledger.append(text, seqs)
      text = ''
      seqs = []
      fail(refused === null ? null : refused.message)
      return refused === null
    },
    tell() {
      wallTime = clock.wallTime()
    },
    discard() {
      text = ''
      seqs = []
    },
  }
  return recorder
}

// Hardly any line has these: without them all lines have one shape, which V8 makes in half the time.
function placed(line: LedgerLine, { after, end }: Place): LedgerLine {
  return { ...line, ...(after && { after }), ...(end && { end }) }
}

// A module or a trainer can hand over anything. What was decided is written all the same.
function format(line: LedgerLine): { readonly line: LedgerLine; readonly text: string } {
  try {
    const text = formatLedgerLine(line)
    return isTooLong(text) ? bareLine(line, `a line of ${text.length} characters is too long`) : { line, text }
  } catch (error) {
    return bareLine(line, messageOf(error))
  }
}

function bareLine(line: LedgerLine, why: string): { readonly line: LedgerLine; readonly text: string } {
  const notes = joinNotes(line.notes, `its params, payload and old values cannot be written: ${why}`)
  const bare: LedgerLine = { ...line, params: null, payload: null, old: null, notes }
  return { line: bare, text: formatLedgerLine(bare) }
}

// Readers pass over longer lines, and a command whose line they do not see would be made again at the next start.
const LONGEST_BYTES = 16 * 1024 * 1024

function isTooLong(text: string): boolean {
  // A character is at most three bytes.
  return text.length * 3 > LONGEST_BYTES && new TextEncoder().encode(text).length > LONGEST_BYTES
}

// Freeze commands carry their fields beside `params`, as hotcb 2's do.
function coreParams(ask: Ask): JsonObject | null {
  const { op } = ask
  if (op.module !== 'core' || op.mode === null || op.mode === undefined) return null
  const { mode, recipe_path = null, adjust_path = null, policy = null, step_offset = null } = op
  return { mode, recipe_path, adjust_path, policy, step_offset }
}
