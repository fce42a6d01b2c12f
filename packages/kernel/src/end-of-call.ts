import type { RecipeEntry } from '@hotcb/protocol'
import type { DueEntry, HistoryEntry } from '@hotcb/recipe'
import { askFor } from './ask.ts'
import { type Drive, decided, type Visit } from './decide.ts'
import type { KernelParts } from './parts.ts'
import { recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'

/** Whether changes are waiting for the end of this call, because they followed a load, or a save during a pause. */
export function isEndDue(parts: KernelParts): boolean {
  const { step, call } = parts.loop
  const { history, recipe } = parts.queues
  // This check comes first, because nearly every call returns here.
  if (step < history.nextStep && step < recipe.nextStep) return false
  if (parts.loop.rewound !== null || parts.condition.superseded) return false
  return history.hasAfter(step, call) || recipe.hasAfter(step, call) || isLastCall(parts)
}

/** Applies the changes that belong after the events and saves of this call, then those at the end of its step. */
export function* endOfCall(parts: KernelParts, drive: Drive): Visit {
  if (!parts.recorder.flush()) return
  const { step, call } = parts.loop
  const { history, recipe } = parts.queues
  // At this point either the modules have received the events of the call, or no module is listening.
  parts.loop.tell()
  takePlace(parts)
  yield* makeAgain(parts, history.takeAfter(step, call), recipe.takeAfter(step, call), drive)
  if (isLastCall(parts)) {
    parts.loop.endStep()
    takePlace(parts)
    yield* makeAgain(parts, history.takeEnd(step, call), recipe.takeEnd(step, call), drive)
  }
  parts.recorder.flush()
}

// `end` entries are applied only when no other entry of their step is waiting.
function isLastCall({ loop: { step, call }, queues: { history, recipe } }: KernelParts): boolean {
  const ends = [history.endAt(step, call), recipe.endAt(step, call)]
  return ends.includes('due') && !ends.includes('open')
}

function* makeAgain(
  parts: KernelParts,
  history: readonly DueEntry<HistoryEntry>[],
  recipe: readonly DueEntry<RecipeEntry>[],
  drive: Drive,
): Visit {
  for (const { item } of history) {
    yield* decided(parts, askFor(item.op, 'history', 'history', { of: item, event: item.event }), drive)
  }
  for (const due of recipe) yield* decided(parts, recipeAsk(parts, due), drive)
}
