import type { Value } from '../value.ts'

/**
 * Returns the function with a cache for its results. A grid has few distinct values in many combinations: a hundred thousand combinations
 * may have only a few dozen different values.
 */
export function rememberTexts(textOf: (value: Value) => string): (value: Value) => string {
  const byValue = new Map<Value, string>()
  return (value) => {
    const known = byValue.get(value)
    if (known !== undefined) return known
    const text = textOf(value)
    byValue.set(value, text)
    return text
  }
}
