import { type Json, type JsonObject, parseValue } from '@hotcb/protocol'

/** A ramp as it is typed. */
export interface TypedRamp {
  readonly type: 'linear' | 'cosine'
  readonly end: string
  readonly steps: string
  /** Empty: the value that the control has then. */
  readonly start: string
}

/** What `ramps.KEY` would be set to, or what is wrong with the first field; undefined while a required one is empty. */
export function rampRequest(
  typed: TypedRamp,
): { readonly value: JsonObject } | { readonly problem: string } | undefined {
  const { type, start } = typed
  if (typed.end.trim() === '' || typed.steps.trim() === '') return undefined
  const end = numberOf(typed.end)
  const steps = numberOf(typed.steps)
  if (end === null) return { problem: `End: a number expected, got ${typed.end.trim()}` }
  if (steps === null || !Number.isSafeInteger(steps) || steps < 1) {
    return { problem: `Steps: a whole number of at least 1 expected, got ${typed.steps.trim()}` }
  }
  if (start.trim() === '') return { value: { type, steps, end } }
  const first = numberOf(start)
  return first === null
    ? { problem: `Start: a number expected, got ${start.trim()}` }
    : { value: { type, steps, start: first, end } }
}

function numberOf(text: string): number | null {
  const parsed = parseValue(text.trim())
  const value: Json = parsed.ok ? parsed.value : null
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
