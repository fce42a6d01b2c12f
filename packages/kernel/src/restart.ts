import { isReplay, type JsonObject } from '@hotcb/protocol'
import { isCut, type Seam } from '@hotcb/recipe'
import type { Ask } from './ask.ts'
import { saveNow } from './checkpoint.ts'
import type { Core } from './core.ts'
import { decide } from './decide.ts'
import { lookAhead } from './held.ts'
import { followRecipe, recipeAsk } from './replay.ts'
import { ownSnapshot, restore, writeSeam } from './restore.ts'
import { askAgain, readSnapshot, type Snapshot } from './snapshot.ts'

/**
 * Begins the loop at step `step`: what belongs before it is restored at once, what belongs at or after it will be made
 * again at its place. In the replay modes, and when history is not to be continued, a seam cuts it off instead.
 */
export function beginAt(core: Core, step: number, given: JsonObject | null): void {
  const history = core.opening?.history
  core.begun = true
  core.opening = null
  lookAhead(core)
  // A run that starts again from nothing has no use for what modules knew.
  const snapshot = core.options.continue === 'off' ? null : readSnapshot(given)
  const seam = seamAt(core, step, snapshot)
  if (seam !== null) {
    writeSeam(core, seam)
    core.standing.cut(seam)
  }
  if (history !== undefined) {
    const entries = seam === null ? history.entries : history.entries.filter((entry) => !isCut(entry, seam))
    restore(core, { ...history, entries }, { step, snapshot: ownSnapshot(snapshot, history), isReset: false })
  }
  followRecipe(core, { from: step, isEndMade: snapshot?.kernel?.at.end === true })
  makeEnds(core, step - 1)
  if (snapshot?.kernel && !isReplay(core.freeze.state.mode)) askAgain(core, snapshot.kernel)
}

/**
 * Saves the checkpoints that the trainer asked for before its loop: of the state before step `step`, at the end of the step
 * before it.
 */
export function saveBeforeLoop(core: Core, step: number, asked: readonly Ask[]): void {
  if (asked.length === 0) return
  const { place } = core.recorder
  core.step = step - 1
  core.call = 0
  core.isEnd = true
  core.recorder.place = { step: core.step, call: 0, epoch: null, phase: null, event: null, after: false, end: true }
  // Without a loop there is nobody to wait for a promise.
  for (const ask of asked) void decide(core, ask, 'sync')
  void saveNow(core, 'sync')
  core.isEnd = false
  core.recorder.place = place
}

function seamAt(core: Core, step: number, snapshot: Snapshot | null): Seam | null {
  const mode = core.options.continue ?? 'history'
  if (mode === 'off') return { step: 0, endSeq: 0 }
  if (isReplay(core.freeze.state.mode)) {
    // The recipe makes the ends of the step before again, unless the snapshot has them in it.
    const kernel = snapshot?.kernel ?? null
    return { step, endSeq: kernel?.at.end === true ? kernel.seq : 0 }
  }
  return mode === 'cut' ? { step, endSeq: null } : null
}

// What the recipe has for the end of the step before the first: nothing else of that step is left to wait for.
function makeEnds(core: Core, step: number): void {
  const due = core.recipe.takeEnd(step, Number.POSITIVE_INFINITY)
  if (due.length === 0) return
  const { place } = core.recorder
  core.step = step
  core.isEnd = true
  for (const one of due) {
    core.call = one.call ?? 0
    core.recorder.place = { step, call: core.call, epoch: null, phase: null, event: null, after: false, end: true }
    // Without a loop there is nobody to wait for a promise.
    void decide(core, recipeAsk(core, one), 'sync')
  }
  core.isEnd = false
  core.recorder.place = place
}
