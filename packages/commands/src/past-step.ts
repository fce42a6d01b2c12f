import { type CommandError, usageError } from './command-error.ts'
import type { TypedConditions } from './conditions.ts'

/**
 * The refusal of a command whose `--at` names a step that the trainer has passed; undefined if it has not.
 *
 * @param now The step of the trainer; null if none is alive, or its step is not known.
 */
export function pastStepError({ at }: TypedConditions, now: number | null): CommandError | undefined {
  if (at === undefined || now === null || at.step >= now) return undefined
  return usageError(
    `step ${at.step} of \`--at\` has passed: the trainer is at step ${now}`,
    '`--late` sends it anyway, to be applied at the next safe point',
    { facts: { step: at.step, trainer_step: now } },
  )
}

/**
 * The refusal of a command whose `--at` names a step that the run will not reach; undefined if it will.
 *
 * @param total The steps of the run; null if no trainer is alive, or its steps are not known.
 */
export function pastEndError({ at }: TypedConditions, total: number | null): CommandError | undefined {
  if (at === undefined || total === null || at.step < total) return undefined
  return usageError(
    `step ${at.step} of \`--at\` is ${pastEndText(total)}`,
    '`--late` sends it anyway: it waits until the run is trained for longer',
    { facts: { step: at.step, max_steps: total } },
  )
}

/** `past the end: the run ends after step 399`. */
export function pastEndText(total: number): string {
  return `past the end: the run ends after step ${total - 1}`
}
