import { type CommandError, usageError } from './command-error.ts'
import type { TypedConditions } from './conditions.ts'

/**
 * Returns the error for an `--at` with a step that the trainer has passed; undefined if it has not.
 *
 * @param now The trainer's step; null if no trainer is alive, or its step is unknown.
 */
export function pastStepError({ at }: TypedConditions, now: number | null): CommandError | undefined {
  if (at === undefined || now === null || at.step >= now) return undefined
  return usageError(
    `step ${at.step} of \`--at\` has passed: the trainer is at step ${now}`,
    'use `--late` to send it anyway: it is then applied at the next safe point',
    { facts: { step: at.step, trainer_step: now } },
  )
}

/**
 * Returns the error for an `--at` with a step that the run will not reach; undefined if it will.
 *
 * @param total The run's number of steps; null if no trainer is alive, or the number is unknown.
 */
export function pastEndError({ at }: TypedConditions, total: number | null): CommandError | undefined {
  if (at === undefined || total === null || at.step < total) return undefined
  return usageError(
    `step ${at.step} of \`--at\` is ${pastEndText(total)}`,
    'use `--late` to send it anyway: it then waits until the run is trained for longer',
    { facts: { step: at.step, max_steps: total } },
  )
}

/** Returns a string such as `past the end: the run ends after step 399`. */
export function pastEndText(total: number): string {
  return `past the end: the run ends after step ${total - 1}`
}
