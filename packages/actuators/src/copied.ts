import type { Json } from '@hotcb/protocol'

/** Returns a deep copy of a JSON value. */
export function copied<Value extends Json>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  const copy = Array.isArray(value)
    ? value.map(copied)
    : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copied(inner)]))
  // `copy` has the shape of `value`.
  return copy as Value
}
