import type { RecipeEntry } from '@hotcb/protocol'

/**
 * Returns the indices of entries whose step a trainer has already passed. The trainer would apply them at its next safe
 * point. @param step The step of the trainer.
 */
export function lateEntries(entries: readonly RecipeEntry[], step: number): readonly number[] {
  return entries.flatMap(({ at }, i) => (Math.max(0, at.step) < step ? [i] : []))
}
