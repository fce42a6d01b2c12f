import { type Json, messageOf } from '@hotcb/protocol'
import { lookAhead } from './held.ts'
import { lossAtOpen } from './lost-ledger.ts'
import type { KernelParts } from './parts.ts'
import { recordAttempt } from './restore.ts'
import { checkFence } from './safe-point.ts'
import { stateDocument } from './state-document.ts'

/**
 * Writes the first line of this attempt. This line also claims the directory: the kernel that wrote the highest attempt
 * number in the ledger owns it.
 */
export function openAttempt(parts: KernelParts): void {
  const { recorder, loop, token } = parts
  const { opening } = loop
  const payload: Record<string, Json> = { n: recorder.attempt, token, step: null, cut: false }
  if (opening?.isForeign && Object.keys(opening.done).length > 0) payload.done = { ...opening.done }
  Object.assign(payload, lossAtOpen(parts))
  recordAttempt(parts, payload)
  recorder.flush()
  checkFence(parts)
  attachModules(parts)
  lookAhead(parts)
  if (!parts.condition.superseded) parts.documents.writeAll(0, () => stateDocument(parts))
}

function attachModules(parts: KernelParts): void {
  for (const module of parts.modules) {
    try {
      module.attach?.(parts.context('live', module.name))
    } catch (error) {
      parts.note(`module \`${module.name}\` could not be attached: ${messageOf(error)}`)
    }
  }
}
