import { isReplay, type JsonObject, type LedgerLine, type RecipeEntry } from '@hotcb/protocol'
import type { HistoryEntry } from '@hotcb/recipe'
import { lookAhead } from './held.ts'
import type { Takeover } from './kernel.ts'
import type { KernelParts } from './parts.ts'
import { followRecipe } from './replay.ts'
import { ownSnapshot, restore } from './restore.ts'
import { askAgain, readSnapshot } from './snapshot.ts'

/**
 * Continues in a loop whose kernel was killed. All changes that were applied in the trainer's attempts are still in
 * force there.
 */
export function takeOver(parts: KernelParts, { place, since, maxSteps }: Takeover, given: JsonObject | null): void {
  const { loop } = parts
  loop.standAt(place.step, place.call)
  loop.takeTotal({ step: place.step, ...(maxSteps !== undefined && { maxSteps }) })
  const history = loop.begin()?.history
  lookAhead(parts)
  const snapshot = readSnapshot(given)
  const isBefore = (entry: HistoryEntry): boolean => isDecidedSince(entry, since) || isBeforePlace(entry, place)
  if (history !== undefined) {
    const own = ownSnapshot(snapshot, history)
    restore(parts, history, { step: place.step, snapshot: own, isReset: false, isBefore })
  }
  followRecipe(parts)
  leaveOutDecided(parts, since)
  if (snapshot?.kernel && !isReplay(parts.freeze.state.mode)) askAgain(parts, snapshot.kernel)
}

/** Whether the argument of `continueFrom` means that this kernel is taking over. */
export function isTakeover(from: object): from is Takeover {
  return 'place' in from && 'since' in from && !('step' in from)
}

function isDecidedSince({ attempt }: HistoryEntry, since: number): boolean {
  return attempt !== null && attempt >= since
}

function isBeforePlace({ step, call }: HistoryEntry, place: Takeover['place']): boolean {
  return step < place.step || (step === place.step && call < place.call)
}

// Leaves out recipe entries that already have a line, whatever the decision.
function leaveOutDecided({ queues, ledger }: KernelParts, since: number): void {
  if (queues.recipe.size === 0) return
  for (const line of ledger.entries()) {
    if (line.source !== 'replay' || line.attempt === null || line.attempt < since) continue
    let isFound = false
    queues.recipe.remove((entry) => {
      if (isFound || !isLineOf(line, entry)) return false
      isFound = true
      return true
    })
  }
}

function isLineOf(line: LedgerLine, { module, op, id, at }: RecipeEntry): boolean {
  return line.module === module && line.op === op && line.id === id && at.step <= (line.step ?? 0)
}
