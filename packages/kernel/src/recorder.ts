import type { Decision, JsonObject, LastLine, LedgerLine } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import { format, lineOf } from './line.ts'
import type { Clock, LedgerPort } from './ports.ts'

/** The place of a ledger line in the run. */
export interface Place {
  readonly step: number | null
  readonly call: number | null
  readonly epoch: number | null
  readonly phase: string | null
  readonly event: string | null
  /** Whether it comes after the events of this call. */
  readonly after: boolean
  /** Whether it comes after everything else in its step. */
  readonly end: boolean
}

/** The decision on an ask. */
export interface Verdict {
  readonly decision: Decision
  readonly payload?: JsonObject | null
  readonly old?: JsonObject | null
  readonly error?: string | null
  readonly traceback?: string | null
  readonly notes?: string | null
  readonly ranks?: readonly number[] | null
}

/** Writes the ledger: assigns seqs, collects the lines of a safe point, and writes them all at once. */
export interface Recorder {
  /**
   * Adds the line with the decision on an ask. The next `flush` writes it to the file; if many lines are waiting, they
   * are written earlier.
   */
  record(ask: Ask, verdict: Verdict): LedgerLine
  /** Writes the collected lines. False if some remain in memory, for example because the disk is full. */
  flush(): boolean
  /** The place of the next lines. */
  place: Place
  /** The lines that the state document shows, by `module:id`. */
  readonly last: Readonly<Record<string, LastLine>>
  /** Seq of the last line. */
  seq: number
  attempt: number
  /** Step of the last line that has a step; 0 if there is none. */
  step: number
  readonly isDegraded: boolean
  /** Why the ledger cannot be written; null while it can. */
  readonly failure: string | null
  /** Reads the wall clock for the following lines. */
  tell(): void
  /** Drops the collected lines, because the directory belongs to another kernel. */
  discard(): void
}

/** The place of lines written before the loop. */
export const NOWHERE: Place = {
  step: null,
  call: null,
  epoch: null,
  phase: null,
  event: null,
  after: false,
  end: false,
}

// About seventy lines, so that the cost of a write is small compared with that of formatting the lines.
const PIECE_LENGTH = 32 * 1024

/**
 * @param seq Seq of the last valid line.
 * @param heard Receives each line when it is recorded.
 * @param note Called once with the reason why the ledger cannot be written, and once when it can be written again.
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
    if (why !== null && why !== failure) note(`degraded: no more changes are accepted: ${why}`)
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
      // The seq is assigned only here, so that a line that cannot be formatted leaves no gap.
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
      // If a megabyte of small strings were kept for a whole safe point, the garbage collector would copy it
      // repeatedly.
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
