import type { RecipeEntry } from '@hotcb/protocol'
import type { DueEntry, HistoryEntry } from '@hotcb/recipe'
import { askFor } from './ask.ts'
import { type Drive, decided, type Visit } from './decide.ts'
import type { KernelParts } from './parts.ts'
import { recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'

/** Whether changes belong after the events of this call: those that followed a save in a pause, or a load. */
export function isEndDue(parts: KernelParts): boolean {
  const { step, call } = parts.loop
  const { history, recipe } = parts.queues
  // First, since nearly every call ends here.
  if (step < history.nextStep && step < recipe.nextStep) return false
  if (parts.loop.rewound !== null || parts.condition.superseded) return false
  return history.hasAfter(step, call) || recipe.hasAfter(step, call) || isLastCall(parts)
}

/** Applies the changes that belong after the events and saves of this call, then those at the end of its step. */
export function* endOfCall(parts: KernelParts, drive: Drive): Visit {
  if (!parts.recorder.flush()) return
  const { step, call } = parts.loop
  const { history, recipe } = parts.queues
  // The modules have received its events, or there are none that listen.
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

// `end` entries wait until no other entry of their step is waiting.
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
