import { ok, type Result, refused, show } from '@hotcb/protocol'
import type { Duration } from '../types.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Reads `30s`, `10m`, `2h`, `1d`, or `100 steps`. The reason for an error continues a sentence that begins with the name of the field.
 */
export function readSpan(value: unknown): Result<Duration> {
  const [, digits = '', unit = ''] =
    (typeof value === 'string' && /^(\d+(?:\.\d+)?) ?(s|m|h|d|steps?)$/.exec(value)) || []
  const seconds = SECONDS[unit]
  if (seconds !== undefined) return ok({ seconds: Number(digits) * seconds })
  if (unit !== '' && !digits.includes('.')) return ok({ steps: Number(digits) })
  return refused(`must be a time such as \`30s\`, \`10m\`, \`2h\`, or steps such as \`100 steps\`, got ${show(value)}`)
}

/** Formats a span in the notation used in the file. */
export function showDuration(span: Duration): string {
  if ('steps' in span) return `${span.steps} ${span.steps === 1 ? 'step' : 'steps'}`
  const { seconds } = span
  const unit = ['d', 'h', 'm'].find((one) => seconds > 0 && seconds % (SECONDS[one] ?? 1) === 0) ?? 's'
  return `${seconds / (SECONDS[unit] ?? 1)}${unit}`
}
