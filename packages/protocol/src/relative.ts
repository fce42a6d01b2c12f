import { isNumberText } from './assignment.ts'
import { isObject } from './json.ts'

/** A new value that depends on the current one. The kernel resolves it at the step at which the command is due. */
export type Relative = { readonly mul: number } | { readonly add: number }

/** Reads a relative value such as `{"mul": 0.5}` or `{"add": 0.1}`; null for every other value. */
export function readRelative(value: unknown): Relative | null {
  if (!isObject(value)) return null
  const [key, ...more] = Object.keys(value)
  if ((key !== 'mul' && key !== 'add') || more.length > 0) return null
  const number: unknown = value[key]
  if (typeof number !== 'number' || !Number.isFinite(number)) return null
  return key === 'mul' ? { mul: number } : { add: number }
}

/** Reads a relative value that is typed as `x0.5` or `+0.1` (`+-0.1` subtracts); null for every other text. */
export function parseRelative(text: string): Relative | null {
  const sign = text[0]
  const rest = text.slice(1)
  if ((sign !== 'x' && sign !== '+') || !isNumberText(rest) || !Number.isFinite(Number(rest))) return null
  return sign === 'x' ? { mul: Number(rest) } : { add: Number(rest) }
}

/** Formats a relative value as it is typed: `x0.5`, `+0.1`. */
export function showRelative(relative: Relative): string {
  return 'mul' in relative ? `x${relative.mul}` : `+${relative.add}`
}

/** Returns the new number, from a relative value and the current number. It may be infinite. */
export function resolveRelative(relative: Relative, current: number): number {
  return 'mul' in relative ? current * relative.mul : current + relative.add
}

/** Returns the first key with a relative value; null if there is none. */
export function findRelative(params: Readonly<Record<string, unknown>>): string | null {
  for (const key in params) {
    const value = params[key]
    if (typeof value === 'object' && value !== null && readRelative(value) !== null) return key
  }
  return null
}
