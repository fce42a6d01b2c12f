import { type Json, type JsonObject, parseValue } from '@hotcb/protocol'

/** The fields of a ramp, as the user entered them. */
export interface TypedRamp {
  readonly type: 'linear' | 'cosine'
  readonly end: string
  readonly steps: string
  /** Empty means the control's value when the ramp starts. */
  readonly start: string
}

/** Returns the value for `ramps.KEY`, or the problem with the first invalid field; undefined while a required field is empty. */
export function rampRequest(
  typed: TypedRamp,
): { readonly value: JsonObject } | { readonly problem: string } | undefined {
  const { type, start } = typed
  if (typed.end.trim() === '' || typed.steps.trim() === '') return undefined
  const end = numberOf(typed.end)
  const steps = numberOf(typed.steps)
  if (end === null) return { problem: `End: expected a number, got ${typed.end.trim()}` }
  if (steps === null || !Number.isSafeInteger(steps) || steps < 1) {
    return { problem: `Steps: expected a whole number of at least 1, got ${typed.steps.trim()}` }
  }
  if (start.trim() === '') return { value: { type, steps, end } }
  const first = numberOf(start)
  return first === null
    ? { problem: `Start: expected a number, got ${start.trim()}` }
    : { value: { type, steps, start: first, end } }
}

function numberOf(text: string): number | null {
  const parsed = parseValue(text.trim())
  const value: Json = parsed.ok ? parsed.value : null
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
