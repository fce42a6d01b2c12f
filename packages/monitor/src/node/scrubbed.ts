import { type JsonObject, parseJson } from '@hotcb/protocol'

/** Returns a copy of a JSON object without secrets at any level. */
export function scrubbed(object: object, scrub: (text: string) => string): JsonObject {
  const parsed = parseJson(scrub(JSON.stringify(object)))
  if (!parsed.ok) throw new Error(`a secret could not be removed: ${parsed.reason}`)
  // The value was an object before.
  return parsed.value as JsonObject
}
