import { join } from 'node:path'
import { describeLoss, readDocument } from '@hotcb/journal'
import { parseJson, readStateDocument, runFiles, type StateDocument } from '@hotcb/protocol'
import type { LedgerLoss } from '../opening.ts'
import { readableLines } from './ledger-lines.ts'

/**
 * Returns what happened to the ledger after a kernel wrote the state document; null if the ledger is complete, or if
 * that is unknown.
 *
 * Call this before the ledger is opened, because opening creates a missing file.
 */
export function findLedgerLoss(runDir: string): LedgerLoss | null {
  const state = readState(join(runDir, runFiles.state))
  if (state === null) return null
  const { ledger_bytes: bytes, ledger_tail: tail, kernel, last, taken, held } = state
  const path = join(runDir, runFiles.ledger)
  const isShort = describeLoss(path, { bytes, tail: null })
  const reason = isShort ?? describeLoss(path, { bytes, tail })
  if (reason === null || (isShort === null && holdsLast(path, state))) return null
  const seq = Object.values(last).reduce((highest, line) => Math.max(highest, line.seq), 0)
  return { reason, bytes, seq, attempt: kernel.attempt, taken, held }
}

function readState(path: string): StateDocument | null {
  const text = readDocument(path)?.text
  const parsed = text === undefined ? null : parseJson(text)
  const state = parsed?.ok === true ? readStateDocument(parsed.value) : null
  return state?.ok === true ? state.value : null
}

// A person may have edited the ledger and made it longer. It still belongs to this run if it contains the last
// lines that the state document lists.
function holdsLast(path: string, { last, degraded, taken }: StateDocument): boolean {
  // If the kernel had detected no loss, the last lines are missing because the disk was full.
  if (degraded !== null) return taken === null
  const missing = new Set(Object.entries(last).map(([handle, { seq, op }]) => `${seq} ${handle} ${op}`))
  for (const { seq, module, id, op } of readableLines(path)) missing.delete(`${seq} ${module}:${id} ${op}`)
  return missing.size === 0
}
