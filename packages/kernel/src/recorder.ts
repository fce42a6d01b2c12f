import type { Decision, JsonObject, LastLine, LedgerLine } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import { format, lineOf } from './line.ts'
import type { Clock, LedgerPort } from './ports.ts'

/** The place of a line in the run. */
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

/** The decision about an ask. */
export interface Verdict {
  readonly decision: Decision
  readonly payload?: JsonObject | null
  readonly old?: JsonObject | null
  readonly error?: string | null
  readonly traceback?: string | null
  readonly notes?: string | null
  readonly ranks?: readonly number[] | null
}

/** Writes the ledger: assigns seqs, collects the lines of a safe point, and writes them in one piece. */
export interface Recorder {
  /** Adds the deciding line of an ask; it reaches the file with the next `flush`, or earlier if there are many. */
  record(ask: Ask, verdict: Verdict): LedgerLine
  /** Writes the collected lines. False while some are still in memory (disk full). */
  flush(): boolean
  /** The place of the next lines. */
  place: Place
  /** By `module:id`: the lines that the state document shows. */
  readonly last: Readonly<Record<string, LastLine>>
  /** Seq of the last line. */
  seq: number
  attempt: number
  /** Step of the last line with a step; 0 if there is none. */
  step: number
  readonly isDegraded: boolean
  /** Why the ledger cannot be written, while it cannot. */
  readonly failure: string | null
  /** Reads the wall clock for the following lines. */
  tell(): void
  /** Drops the collected lines: the directory belongs to another kernel. */
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

// About seventy lines: the cost of a write is small in comparison.
const PIECE_LENGTH = 32 * 1024

/**
 * @param seq Seq of the last valid line.
 * @param heard Receives each line when it is decided.
 * @param note Called once with the reason why the ledger cannot be written, and once when it can again.
 */
export function createRecorder(
  ledger: LedgerPort,
  clock: Clock,
  seq: number,
  last: Record<string, LastLine>,
  note: (message: string) => void = () => undefined,
  heard: (line: LedgerLine) => void = () => undefined,
): Recorder {
  let text = ''
  let seqs: number[] = []
  let failure: string | null = null
  let wallTime = clock.wallTime()
  let [lastModule, lastId, lastHandle] = ['', '', '']

  function fail(why: string | null): void {
    if (why !== null && why !== failure) note(`degraded, no more changes are accepted: ${why}`)
    if (why === null && failure !== null) note('the ledger can be written again: changes are accepted')
    failure = why
  }

  const recorder: Recorder = {
    place: NOWHERE,
    last,
    seq,
    attempt: 0,
    step: 0,
    get isDegraded() {
      return failure !== null
    },
    get failure() {
      return failure
    },
    record(ask, verdict) {
      const { place, attempt } = recorder
      const { op } = ask
      const { line, text: formatted } = format(
        lineOf(ask, verdict, { place, seq: recorder.seq + 1, attempt, wallTime }),
      )
      // The seq is assigned only now: a line that cannot be formatted must leave no gap.
      recorder.seq = line.seq
      if (place.step !== null) recorder.step = place.step
      text += formatted
      seqs.push(line.seq)
      if (op.module !== lastModule || op.id !== lastId) {
        lastModule = op.module
        lastId = op.id
        lastHandle = `${op.module}:${op.id}`
      }
      last[lastHandle] = line
      // A megabyte of text in pieces, kept for a whole safe point, would be copied repeatedly by the garbage collector.
      if (text.length > PIECE_LENGTH) recorder.flush()
      heard(line)
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
