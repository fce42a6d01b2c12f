import { type JsonObject, type LedgerLine, readAttempt } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import type { LedgerLoss } from './opening.ts'
import { isLedgerLost, type KernelParts } from './parts.ts'
import { recordAttempt } from './restore.ts'
import { describeError } from './router.ts'
import { stateDocument } from './state-document.ts'

/** The command that accepts a lost ledger. */
export const ACCEPT_LEDGER = 'accept_ledger'

/**
 * Reports once that the ledger is lost, in the log and in the state document. A restart reads from that document which
 * commands are done.
 */
export function reportLoss(parts: KernelParts): void {
  if (!isLedgerLost(parts) || !parts.condition.loseLedger()) return
  parts.recorder.flush()
  parts.documents.writeAll(stepOf(parts.loop), () => stateDocument(parts))
}

/**
 * Returns the payload of the attempt line if the ledger was lost before this kernel opened the run. The log contains a
 * description of the loss.
 */
export function lossAtOpen(parts: KernelParts): JsonObject {
  const { loop, options, note } = parts
  const { opening } = loop
  const loss = options.ledgerLoss ?? null
  if (loss === null) {
    if (opening !== null && opening.lostAt !== null) {
      note(
        `a part of the ledger before seq ${opening.lostAt} was lost: changes that only this part contained are not restored`,
      )
    }
    return {}
  }
  note(`the ledger has been replaced or damaged: ${loss.reason}; changes that it no longer contains are not restored`)
  note(doneAfter(loss))
  const held = loss.taken === null ? [] : loss.held
  return payloadOf({ ...opening?.done }, held, loss)
}

function doneAfter({ taken, held }: LedgerLoss): string {
  if (taken !== null)
    return 'commands that were already read count as done; later ones and those still held are applied'
  const lost = held.length === 0 ? '' : `; held commands are dropped: ${held.map(({ cid }) => cid).join(', ')}`
  return `all commands sent until now count as done: resend any that you still need${lost}`
}

function payloadOf(
  done: Readonly<Record<string, number>>,
  held: readonly { readonly writer: string | null; readonly offset: number | null }[],
  { bytes, reason }: Pick<LedgerLoss, 'bytes' | 'reason'>,
): JsonObject {
  return { done, held: held.map(({ writer, offset }) => ({ writer, offset })), lost: { bytes, reason } }
}

/** Stops all writes to the run directory, because another kernel owns it now. */
export function giveWay(parts: KernelParts, n: number): void {
  parts.condition.supersede()
  parts.recorder.discard()
  parts.note(`superseded: attempt ${n} of another kernel owns this run directory; this one no longer writes to it`)
}

/**
 * Accepts a lost ledger as it is, if a command requests it: a new attempt line records what was lost and which commands
 * count as done.
 *
 * The command itself is then processed like any other.
 */
export function acceptIfAsked(parts: KernelParts): void {
  if (!isLedgerLost(parts) || !parts.condition.isLossTold || parts.condition.superseded) return
  const cid = parts.intake?.seek(ACCEPT_LEDGER) ?? null
  if (cid !== null) parts.condition.acceptLedgerFor(cid)
  if (parts.condition.acceptedCid !== null) accept(parts)
}

function accept(parts: KernelParts): void {
  const { ledger, recorder, condition, loop } = parts
  const lost = { bytes: ledger.bytes, reason: ledger.lost ?? '' }
  let isWhole: boolean
  try {
    const accepted = ledger.accept?.() ?? { lines: [], isWhole: false }
    if (!takeAttempts(parts, accepted.lines)) return
    isWhole = accepted.isWhole
  } catch (error) {
    parts.note(`the ledger cannot be accepted: ${describeError(error).message}`)
    return
  }
  condition.recoverLedger()
  const held = parts.queues.held.remaining().map(({ item }) => item)
  const payload = { n: recorder.attempt, token: parts.token, step: null, cut: false }
  const loss = isWhole ? {} : payloadOf(parts.intake?.taken() ?? {}, held, lost)
  recordAttempt(parts, { ...payload, ...loss })
  recorder.flush()
  // Until this write the state document describes the lost ledger.
  parts.documents.writeAll(stepOf(loop), () => stateDocument(parts))
  parts.note(isWhole ? 'the ledger is back and complete' : acceptedAsIs(recorder.seq))
}

function acceptedAsIs(seq: number): string {
  return `the current ledger is accepted: changes before seq ${seq} that it no longer contains stay in force, but no restart, replay or checkpoint load restores them`
}

/**
 * Continues the numbering of attempts and seqs from an accepted ledger. False if a newer kernel has taken over the run.
 */
function takeAttempts(parts: KernelParts, lines: readonly LedgerLine[]): boolean {
  const { recorder, token } = parts
  let highest = recorder.attempt
  for (const line of lines) {
    recorder.seq = Math.max(recorder.seq, line.seq)
    const opened = readAttempt(line) ?? { n: 0, token }
    if (opened.n > recorder.attempt && opened.token !== token) {
      giveWay(parts, opened.n)
      return false
    }
    highest = Math.max(highest, opened.n)
  }
  // Waiting lines belong to the previous attempt.
  recorder.flush()
  recorder.attempt = highest + 1
  return true
}
