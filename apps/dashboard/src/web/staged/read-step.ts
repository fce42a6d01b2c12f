import { pastEndText } from '@hotcb/commands'

/** A step as it was typed into a field: none, a step that is still to come, or what is wrong with it. */
export type TypedStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'wrong'; readonly reason: string }

/**
 * Reads the step of a schedule.
 *
 * @param now The step the trainer is at; null if no trainer is alive.
 * @param total The steps of the run; null if no trainer is alive, or they are not known.
 */
export function readStep(text: string, now: number | null, total: number | null): TypedStep {
  const typed = text.trim()
  if (typed === '') return { kind: 'none' }
  const step = Number(typed)
  if (!Number.isSafeInteger(step) || step < 0) {
    return { kind: 'wrong', reason: `the step must be a whole number from 0, got ${typed.slice(0, 20)}` }
  }
  if (now !== null && step < now) {
    return { kind: 'wrong', reason: `step ${step} has passed: the trainer is at step ${now}` }
  }
  if (total !== null && step >= total) {
    return { kind: 'wrong', reason: `step ${step} is ${pastEndText(total)}` }
  }
  return { kind: 'step', step }
}
