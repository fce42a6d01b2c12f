import type { RecipeEntry } from '@hotcb/protocol'
import type { HistoryEntry, Taken } from '@hotcb/recipe'
import { askFor } from './ask.ts'
import type { Core } from './core.ts'
import { type Drive, decided, type Wait } from './decide.ts'
import { recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'

/** Whether changes belong after the events of this call: those that followed a save in a pause, or a load. */
export function isEndDue(core: Core): boolean {
  const { step, call, history, recipe } = core
  if (core.rewound !== null || core.superseded) return false
  if (step < history.nextStep && step < recipe.nextStep) return false
  return history.hasAfter(step, call) || recipe.hasAfter(step, call) || isLastCall(core)
}

/** Makes the changes that belong after the events and saves of this call, then those that end its step. */
export function* endOfCall(core: Core, drive: Drive): Generator<Wait, void, void> {
  if (!core.recorder.flush()) return
  const { step, call, history, recipe } = core
  // The modules have heard of it, or there are none to hear of it.
  core.told = true
  takePlace(core)
  yield* makeAgain(core, history.takeAfter(step, call), recipe.takeAfter(step, call), drive)
  if (isLastCall(core)) {
    core.isEnd = true
    takePlace(core)
    yield* makeAgain(core, history.takeEnd(step, call), recipe.takeEnd(step, call), drive)
  }
  core.recorder.flush()
}

// Ends wait until nothing else of their step does.
function isLastCall({ step, call, history, recipe }: Core): boolean {
  const ends = [history.endAt(step, call), recipe.endAt(step, call)]
  return ends.includes('due') && !ends.includes('open')
}

function* makeAgain(
  core: Core,
  history: readonly Taken<HistoryEntry>[],
  recipe: readonly Taken<RecipeEntry>[],
  drive: Drive,
): Generator<Wait, void, void> {
  for (const { item } of history) {
    yield* decided(core, askFor(item.op, 'history', 'history', { of: item, event: item.event }), drive)
  }
  for (const due of recipe) yield* decided(core, recipeAsk(core, due), drive)
}
