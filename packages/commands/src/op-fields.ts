import { isObject, type Json, type JsonObject } from '@hotcb/protocol'

/** The fields of an op while it is built: `id`, `params.tag`, `target.path`. */
export type OpFields = Record<string, Json>

/** Sets a field, or a key below one. A path without a key sets the keys of an object. */
export function putField(fields: OpFields, into: string, value: Json): void {
  const dot = into.indexOf('.')
  if (dot < 0) {
    if (isObject(value) && isObject(fields[into]))
      for (const [key, one] of Object.entries(value)) put(fields[into], key, one)
    else put(fields, into, value)
    return
  }
  const field = into.slice(0, dot)
  if (!isObject(fields[field])) put(fields, field, {})
  put(fields[field] as OpFields, into.slice(dot + 1), value)
}

/** Returns a field, or a key below one; undefined if it is not set. */
export function fieldOf(fields: Readonly<OpFields>, into: string): Json | undefined {
  const [field = '', key] = into.split('.')
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined
  if (key === undefined) return value
  return isObject(value) && Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined
}

// The key is not set by assignment, because `__proto__` must be a key like any other.
function put(object: object, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
