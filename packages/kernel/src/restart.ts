import { type ApplyResult, type Env, isReplay, type JsonObject } from '@hotcb/protocol'
import { isCut, type Seam } from '@hotcb/recipe'
import type { Ask } from './ask.ts'
import { saveNow } from './checkpoint.ts'
import { decide } from './decide.ts'
import { lookAhead } from './held.ts'
import type { Takeover } from './kernel.ts'
import { recordLostRanks } from './meeting.ts'
import { KernelError } from './options.ts'
import type { KernelParts } from './parts.ts'
import { followRecipe, recipeAsk } from './replay.ts'
import { ownSnapshot, restore, writeSeam } from './restore.ts'
import { outcomeOf } from './results.ts'
import { takePlace } from './safe-place.ts'
import { askAgain, readSnapshot, type Snapshot } from './snapshot.ts'
import { isTakeover, takeOver } from './takeover.ts'

/** Implements `Kernel.continueFrom`. */
export function continueFrom(parts: KernelParts, from: Env | Takeover, snapshot: JsonObject | null): ApplyResult {
  const { loop, condition, queues, recorder, ranks } = parts
  if (loop.begun) throw new KernelError('closed', '`continueFrom` must be called once, before the first `apply`')
  if (isTakeover(from)) {
    takeOver(parts, from, snapshot)
    recorder.flush()
    return outcomeOf(parts)
  }
  const env = from
  loop.standAt(env.step - 1, 0)
  loop.takeTotal(env)
  const saves = queues.takeSubmittedSaves()
  beginAt(parts, env.step, snapshot)
  saveBeforeLoop(parts, env.step, saves)
  const stop = condition.recipeTrouble !== null
  ranks?.end({ next: { step: env.step, call: 0 }, paused: false, stop, rewound: null })
  recordLostRanks(parts)
  recorder.flush()
  return outcomeOf(parts)
}

/**
 * Begins the loop at step `step`. Earlier changes are restored immediately; changes at or after that step will be
 * re-applied at their places. In the replay modes, and if history is not continued, a seam cuts them instead.
 */
export function beginAt(parts: KernelParts, step: number, given: JsonObject | null): void {
  const history = parts.loop.begin()?.history
  lookAhead(parts)
  // A run that starts from scratch ignores the old state of its modules.
  const snapshot = parts.options.continue === 'off' ? null : readSnapshot(given)
  const seam = seamAt(parts, step, snapshot)
  if (seam !== null) {
    writeSeam(parts, seam)
    parts.inForce.cut(seam)
  }
  if (history !== undefined) {
    const entries = seam === null ? history.entries : history.entries.filter((entry) => !isCut(entry, seam))
    restore(parts, { ...history, entries }, { step, snapshot: ownSnapshot(snapshot, history), isReset: false })
  }
  followRecipe(parts, { from: step, isEndMade: snapshot?.kernel?.at.end === true })
  makeEnds(parts, step - 1)
  if (snapshot?.kernel && !isReplay(parts.freeze.state.mode)) askAgain(parts, snapshot.kernel)
}

/**
 * Saves the checkpoints that the trainer requested before its loop: they contain the state before step `step`, at the
 * end of the previous step.
 */
function saveBeforeLoop(parts: KernelParts, step: number, asked: readonly Ask[]): void {
  if (asked.length === 0) return
  const { place } = parts.recorder
  parts.loop.goToEndOf(step - 1, 0)
  takePlace(parts)
  // Before the loop, a promise cannot be awaited.
  for (const ask of asked) void decide(parts, ask, 'sync')
  void saveNow(parts, 'sync')
  parts.loop.leaveEnd()
  parts.recorder.place = place
}

function seamAt(parts: KernelParts, step: number, snapshot: Snapshot | null): Seam | null {
  const { continue: mode } = parts.options
  if (mode === 'off') return { step: 0, endSeq: 0 }
  if (isReplay(parts.freeze.state.mode)) {
    // The recipe re-applies the `end` entries of the previous step, unless the snapshot includes them.
    const kernel = snapshot?.kernel ?? null
    return { step, endSeq: kernel?.at.end === true ? kernel.seq : 0 }
  }
  return mode === 'cut' ? { step, endSeq: null } : null
}

// Applies the recipe's `end` entries for the step before the first one. Nothing else in that step can come before them.
function makeEnds(parts: KernelParts, step: number): void {
  const due = parts.queues.recipe.takeEnd(step, Number.POSITIVE_INFINITY)
  if (due.length === 0) return
  const { place } = parts.recorder
  for (const one of due) {
    parts.loop.goToEndOf(step, one.call ?? 0)
    takePlace(parts)
    // Before the loop, a promise cannot be awaited.
    void decide(parts, recipeAsk(parts, one), 'sync')
  }
  parts.loop.leaveEnd()
  parts.recorder.place = place
}
