import { type CommandError, usageError } from './command-error.ts'
import type { Conditions } from './conditions.ts'

/**
 * The refusal of a command whose `--at` names a step that the trainer has passed; undefined where it has not.
 *
 * @param now The step of the trainer; null where none is alive, or its step is not known.
 */
export function pastStep({ at }: Conditions, now: number | null): CommandError | undefined {
  if (at === undefined || now === null || at.step >= now) return undefined
  return usageError(
    `step ${at.step} of \`--at\` is past: the trainer is at step ${now}`,
    '`--late` sends it all the same, to be applied at the next safe point',
  )
}
