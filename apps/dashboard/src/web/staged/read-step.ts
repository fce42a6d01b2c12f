import { pastEndText } from '@hotcb/commands'

/** The step that the user typed into a field: no step, a future step, or the problem with the text. */
export type TypedStep =
  | { readonly kind: 'none' }
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'wrong'; readonly reason: string }

/**
 * Parses the step of a schedule.
 *
 * @param now The step of the trainer; null if no trainer is alive.
 * @param total The number of steps of the run; null if no trainer is alive, or the number is unknown.
 */
export function readStep(text: string, now: number | null, total: number | null): TypedStep {
  const typed = text.trim()
  if (typed === '') return { kind: 'none' }
  const step = Number(typed)
  if (!Number.isSafeInteger(step) || step < 0) {
    return { kind: 'wrong', reason: `the step must be a whole number of at least 0, got ${typed.slice(0, 20)}` }
  }
  if (now !== null && step < now) {
    return { kind: 'wrong', reason: `step ${step} has passed: the trainer is at step ${now}` }
  }
  if (total !== null && step >= total) {
    return { kind: 'wrong', reason: `step ${step} is ${pastEndText(total)}` }
  }
  return { kind: 'step', step }
}
