import { type Json, type LastLine, type LedgerLine, readAttempt } from '@hotcb/protocol'
import { createHistory, type History } from '@hotcb/recipe'
import { type Answered, createAnswered } from './answered.ts'
import type { LedgerPort } from './ports.ts'

/** What a kernel that opens a run directory learns from its ledger, in one pass. */
export interface Opening {
  readonly history: History
  readonly answered: Answered
  readonly last: Record<string, LastLine>
  /** Seq of the last line that stands; 0 in an empty ledger. */
  readonly seq: number
  /** Number of the highest attempt. */
  readonly attempt: number
  /** Bytes of each command file that count as done, by file name. */
  readonly done: Readonly<Record<string, number>>
  /** The last line is another kernel's. */
  readonly isForeign: boolean
  /** The YAML last reconciled. */
  readonly yaml: string | null
}

export function readOpening(ledger: LedgerPort): Opening {
  const builder = createHistory()
  const answered = createAnswered()
  const last: Record<string, LastLine> = {}
  const done: Record<string, number> = {}
  let [seq, attempt, isForeign] = [0, 0, false]
  let yaml: string | null = null
  for (const line of ledger.entries()) {
    if (!builder.add(line)) continue
    // Another kernel may leave `seq` out; one that counts must go on from what it gave.
    seq = Math.max(seq, line.seq)
    isForeign = line.foreign === true
    answered.addLine(line)
    const cancelled = cancelledBy(line)
    if (cancelled !== null) answered.close(cancelled)
    last[`${line.module}:${line.id}`] = { seq: line.seq, op: line.op, step: line.step, decision: line.decision }
    if (line.module !== 'core' || line.decision !== 'applied') continue
    const opened = readAttempt(line)
    if (opened !== null) {
      attempt = Math.max(attempt, opened.n)
      highest(done, line)
    } else if (line.op === 'yaml' && typeof line.payload?.text === 'string') yaml = line.payload.text
  }
  return { history: builder.history(), answered, last, seq, attempt, done, isForeign, yaml }
}

/** The `cid` that a cancel closed, whether or not its command had come. */
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
