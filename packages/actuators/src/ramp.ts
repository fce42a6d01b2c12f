import type { Ramp } from '@hotcb/protocol'

/** The value of a ramp at a step: `start` before it begins, `end` from its last step on, never beyond them. */
export function rampValue(ramp: Ramp, step: number): number {
  const { type, steps, start, end, first_step: first } = ramp
  const fraction = steps <= 0 ? 1 : Math.min(1, Math.max(0, (step - first) / steps))
  if (fraction === 1) return end
  const shape = type === 'linear' ? fraction : (1 - Math.cos(Math.PI * fraction)) / 2
  const value = start + (end - start) * shape
  // Rounding can carry a value past its end, and so past a bound.
  return start <= end ? Math.min(value, end) : Math.max(value, end)
}
