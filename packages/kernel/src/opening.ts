import { isObject, type Json, type LastLine, type LedgerLine, type ModuleTable, readAttempt } from '@hotcb/protocol'
import { createHistory, type History } from '@hotcb/recipe'
import { type Answered, createAnswered } from './answered.ts'
import type { LedgerPort } from './ports.ts'

/** The facts that a kernel reads from the ledger when it opens a run directory, in one pass. */
export interface Opening {
  readonly history: History
  readonly answered: Answered
  readonly last: Record<string, LastLine>
  /** Seq of the last valid line; 0 in an empty ledger. */
  readonly seq: number
  /** Step of the last line that has a step; 0 if there is none. */
  readonly step: number
  /** Number of the highest attempt. */
  readonly attempt: number
  /** The number of bytes of each command file that count as done, by file name. */
  readonly done: Readonly<Record<string, number>>
  /**
   * The {@link placeKey} of each command that is located before those offsets but was waiting for its step, and is
   * still open.
   */
  readonly open: ReadonlySet<string>
  /** Seq of the last attempt that began with a lost ledger; null if there is none. */
  readonly lostAt: number | null
  /** Whether the last line comes from another kernel. */
  readonly isForeign: boolean
  /** The last reconciled YAML. */
  readonly yaml: string | null
}

/** The facts that the last state document records about a ledger that has since been lost. */
export interface LedgerLoss {
  /** What happened to the ledger, in one line. */
  readonly reason: string
  /** The former length of the ledger. */
  readonly bytes: number
  /** Seq of its last line, if known. */
  readonly seq: number
  readonly attempt: number
  /** How far each command file was read, in bytes; null if they may have been read further than recorded. */
  readonly taken: Readonly<Record<string, number>> | null
  /** The commands that were waiting for their step. */
  readonly held: readonly { readonly cid: string; readonly writer: string | null; readonly offset: number }[]
}

/**
 * Adjusts the data read from a ledger after a loss: commands that the lost lines may have answered are not applied
 * again.
 *
 * If it is known how far the command files were read, later commands and those that were waiting for their step are
 * still open. Otherwise all existing commands count as done.
 *
 * @param sizes The current size of each command file in bytes, by file name.
 */
export function afterLoss(opening: Opening, loss: LedgerLoss, sizes: Readonly<Record<string, number>>): Opening {
  const { taken, held } = loss
  const done = { ...opening.done }
  for (const [file, bytes] of Object.entries(taken ?? sizes)) done[file] = Math.max(done[file] ?? 0, bytes)
  return {
    ...opening,
    seq: Math.max(opening.seq, loss.seq),
    attempt: Math.max(opening.attempt, loss.attempt),
    done,
    open: new Set(taken === null ? [] : held.map(placeKey)),
  }
}

/** Formats a location in the command files as a string, for use as a key. */
export function placeKey({ writer, offset }: { readonly writer: string | null; readonly offset: number }): string {
  return `${offset} ${writer ?? ''}`
}

/**
 * Reads the ledger.
 *
 * @param table The run's modules, with their ops' descriptors.
 * @param hear Called with each valid line.
 */
export function readOpening(
  ledger: LedgerPort,
  table: ModuleTable,
  hear: (line: LedgerLine) => void = () => undefined,
): Opening {
  const builder = createHistory({ table })
  const answered = createAnswered()
  const last: Record<string, LastLine> = {}
  const done: Record<string, number> = {}
  let [seq, step, attempt, isForeign] = [0, 0, 0, false]
  let open: ReadonlySet<string> = new Set()
  let lostAt: number | null = null
  let yaml: string | null = null
  function takeCore(line: LedgerLine): void {
    const opened = readAttempt(line)
    if (opened === null) {
      if (line.op === 'yaml' && typeof line.payload?.text === 'string') yaml = line.payload.text
      return
    }
    attempt = Math.max(attempt, opened.n)
    highest(done, line)
    if (isObject(line.payload?.done)) open = new Set(placesOf(line.payload?.held).map(placeKey))
    if (isObject(line.payload?.lost)) lostAt = line.seq
  }

  for (const line of ledger.entries()) {
    if (!builder.add(line)) continue
    hear(line)
    // Another kernel may leave out `seq`. The numbering continues from the last valid one.
    seq = Math.max(seq, line.seq)
    isForeign = line.foreign === true
    step = line.step ?? step
    answered.addLine(line)
    const cancelled = cancelledBy(line)
    if (cancelled !== null) answered.close(cancelled)
    last[`${line.module}:${line.id}`] = { seq: line.seq, op: line.op, step: line.step, decision: line.decision }
    if (line.module === 'core' && line.decision === 'applied') takeCore(line)
  }
  return { history: builder.history(), answered, last, seq, step, attempt, done, open, lostAt, isForeign, yaml }
}

/**
 * Returns the `cid` that a cancel line cancelled, whether or not that command had arrived; null if the line is not a
 * cancel.
 */
function cancelledBy({ module, op, decision, payload }: LedgerLine): string | null {
  const cid = payload?.cid
  return module === 'core' && op === 'cancel' && decision === 'applied' && typeof cid === 'string' ? cid : null
}

function highest(done: Record<string, number>, line: LedgerLine): void {
  const told: Json = line.payload?.done ?? null
  if (typeof told !== 'object' || told === null || Array.isArray(told)) return
  for (const [file, bytes] of Object.entries(told)) {
    if (typeof bytes === 'number') done[file] = Math.max(done[file] ?? 0, bytes)
  }
}

function placesOf(value: Json | undefined): readonly { readonly writer: string | null; readonly offset: number }[] {
  if (!Array.isArray(value)) return []
  return value.filter(isObject).flatMap(({ writer, offset }) => {
    return typeof offset === 'number' ? [{ writer: typeof writer === 'string' ? writer : null, offset }] : []
  })
}
