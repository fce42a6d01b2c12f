import { type JsonObject, type LedgerLine, readAttempt } from '@hotcb/protocol'
import { stepOf } from './loop.ts'
import type { LedgerLoss } from './opening.ts'
import { isLedgerLost, type KernelParts } from './parts.ts'
import { recordAttempt } from './restore.ts'
import { describeError } from './router.ts'
import { stateDocument } from './state-document.ts'

/** The command that accepts a lost ledger. */
export const ACCEPT_LEDGER = 'accept_ledger'

/** Says once that the ledger is lost, in the log and in the state document, by which a restart knows what is done. */
export function tellLoss(parts: KernelParts): void {
  if (!isLedgerLost(parts) || !parts.condition.loseLedger()) return
  parts.recorder.flush()
  parts.documents.writeAll(stepOf(parts.loop), () => stateDocument(parts))
}

/** What the attempt line of a kernel says that opens a run whose ledger was lost; the log says it in words. */
export function lossAtOpen(parts: KernelParts): JsonObject {
  const { loop, options, note } = parts
  const { opening } = loop
  const loss = options.ledgerLoss ?? null
  if (loss === null) {
    if (opening !== null && opening.lostAt !== null) {
      note(`a part of the ledger was lost before seq ${opening.lostAt}: changes that only it knew are not restored`)
    }
    return {}
  }
  note(`the ledger is not the one that was written: ${loss.reason}; what it no longer holds is not restored`)
  note(doneAfter(loss))
  const held = loss.taken === null ? [] : loss.held
  return payloadOf({ ...opening?.done }, held, loss)
}

function doneAfter({ taken, held }: LedgerLoss): string {
  if (taken !== null) return 'commands that were taken before count as done; later ones and those still held are taken'
  const lost = held.length === 0 ? '' : `; held commands are given up: ${held.map(({ cid }) => cid).join(', ')}`
  return `all commands given until now count as done: give again what is still wanted${lost}`
}

function payloadOf(
  done: Readonly<Record<string, number>>,
  held: readonly { readonly writer: string | null; readonly offset: number | null }[],
  { bytes, reason }: Pick<LedgerLoss, 'bytes' | 'reason'>,
): JsonObject {
  return { done, held: held.map(({ writer, offset }) => ({ writer, offset })), lost: { bytes, reason } }
}

/** Another kernel holds the directory: nothing more is written by this one. */
export function giveWay(parts: KernelParts, n: number): void {
  parts.condition.supersede()
  parts.recorder.discard()
  parts.note(`superseded: attempt ${n} of another kernel holds this run directory; nothing more is written by this one`)
}

/**
 * Accepts a lost ledger as it is, where a command asks for it: a new attempt says what was lost and what counts as done.
 *
 * The command itself is taken like any other after it.
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
  // Until then the state document tells of the lost one.
  parts.documents.writeAll(stepOf(loop), () => stateDocument(parts))
  parts.note(isWhole ? 'the ledger is back, and nothing of it is missing' : acceptedAsIs(recorder.seq))
}

function acceptedAsIs(seq: number): string {
  return `the ledger is accepted as it is: changes before seq ${seq} that it no longer holds stay in force, but no restart, replay or checkpoint load restores them`
}

/** Goes on from the attempts and seqs of an accepted ledger. False where one of them is a kernel that took over. */
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
  // What has waited belongs to the attempt before.
  recorder.flush()
  recorder.attempt = highest + 1
  return true
}
