import { formatLedgerLine, type JsonObject, type LedgerLine, messageOf, oneLine } from '@hotcb/protocol'
import { type Ask, joinNotes } from './ask.ts'
import type { Place, Verdict } from './recorder.ts'

/** The place and time of a line. */
export interface Stamp {
  readonly place: Place
  readonly seq: number
  readonly attempt: number
  readonly wallTime: number
}

/**
 * Creates the ledger line with the decision on an ask. All fields are written out, because V8 handles objects of the
 * same shape twice as fast.
 */
export function lineOf(ask: Ask, verdict: Verdict, { place, seq, attempt, wallTime }: Stamp): LedgerLine {
  const { op, of } = ask
  const { decision, payload = null, old = null, error = null, traceback = null, notes = null, ranks = null } = verdict
  const line: LedgerLine = {
    seq,
    step: place.step,
    epoch: place.epoch,
    event: ask.event ?? place.event,
    phase: place.phase,
    module: op.module,
    op: op.op,
    id: op.id,
    source: ask.source,
    decision,
    params: op.params ?? coreParams(ask),
    payload,
    error: error === null ? null : oneLine(error),
    traceback,
    notes: notes === null ? ask.notes : joinNotes(ask.notes, notes),
    wall_time: wallTime,
    cid: ask.cid,
    writer: ask.writer,
    offset: ask.offset,
    author: ask.author,
    call: place.call,
    old,
    of: of === null ? null : of.seq,
    reverts: ask.reverts,
    attempt,
    ranks,
  }
  return place.after || place.end ? placed(line, place) : line
}

// Adds the two flags only if they are true, since few lines have them.
function placed(line: LedgerLine, { after, end }: Place): LedgerLine {
  return { ...line, ...(after && { after }), ...(end && { end }) }
}

/** Formats a line. A module or a trainer may pass any value, but the decision must always be written. */
export function format(line: LedgerLine): { readonly line: LedgerLine; readonly text: string } {
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

// Readers skip longer lines. A command whose line was skipped would be applied again at the next start.
const LONGEST_BYTES = 16 * 1024 * 1024

function isTooLong(text: string): boolean {
  // A character takes at most three bytes.
  return text.length * 3 > LONGEST_BYTES && new TextEncoder().encode(text).length > LONGEST_BYTES
}

// Freeze commands have their fields next to `params`, as in hotcb 2.
function coreParams(ask: Ask): JsonObject | null {
  const { op } = ask
  if (op.module !== 'core' || op.mode === null || op.mode === undefined) return null
  const { mode, recipe_path = null, adjust_path = null, policy = null, step_offset = null } = op
  return { mode, recipe_path, adjust_path, policy, step_offset }
}
