import type { Value } from '../value.ts'

/**
 * A function of values that remembers its results. The values of a grid are few objects in many combinations: a hundred thousand of
 * them have some dozen texts.
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
