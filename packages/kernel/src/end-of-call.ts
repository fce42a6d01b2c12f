import { askFor } from './ask.ts'
import type { Core } from './core.ts'
import { type Drive, decided, type Wait } from './decide.ts'
import { recipeAsk } from './replay.ts'
import { takePlace } from './safe-place.ts'

/** Whether changes belong to the end of this call: what a load was followed by, and is made again here. */
export function isEndDue(core: Core): boolean {
  const { step, call, history, recipe } = core
  if (core.rewound !== null || core.superseded) return false
  if (step < history.nextStep && step < recipe.nextStep) return false
  const ends = [history.endAt(step, call), recipe.endAt(step, call)]
  return ends.includes('due') && !ends.includes('open')
}

/** Makes the changes that belong to the end of this call, after its events and saves. */
export function* endOfCall(core: Core, drive: Drive): Generator<Wait, void, void> {
  if (!core.recorder.flush()) return
  core.isEnd = true
  takePlace(core)
  for (const { item } of core.history.takeEnd(core.step, core.call)) {
    yield* decided(core, askFor(item.op, 'history', 'history', { of: item }), drive)
  }
  for (const due of core.recipe.takeEnd(core.step, core.call)) yield* decided(core, recipeAsk(core, due), drive)
  core.recorder.flush()
}
