import { join } from 'node:path'
import { describeLoss, readDocument } from '@hotcb/journal'
import { parseJson, readStateDocument, runFiles, type StateDocument } from '@hotcb/protocol'
import type { LedgerLoss } from '../opening.ts'
import { readableLines } from './ledger-lines.ts'

/**
 * What happened to the ledger since a kernel wrote the state document; null if it is complete, or unknown.
 *
 * Call it before the ledger is opened, because opening creates a missing one.
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

// A ledger that a person has edited, and which has grown: it still belongs to this run if it has its last lines.
function holdsLast(path: string, { last, degraded, taken }: StateDocument): boolean {
  // The loss was noticed; otherwise the last lines are among those that a full disk kept out of the ledger.
  if (degraded !== null) return taken === null
  const missing = new Set(Object.entries(last).map(([handle, { seq, op }]) => `${seq} ${handle} ${op}`))
  for (const { seq, module, id, op } of readableLines(path)) missing.delete(`${seq} ${module}:${id} ${op}`)
  return missing.size === 0
}
