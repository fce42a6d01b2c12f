import { type JsonObject, parseJson } from '@hotcb/protocol'

/** A copy of a JSON object without secrets, wherever they are in it. */
export function scrubbed(object: object, scrub: (text: string) => string): JsonObject {
  const parsed = parseJson(scrub(JSON.stringify(object)))
  if (!parsed.ok) throw new Error(`a secret could not be removed: ${parsed.reason}`)
  // It was an object.
  return parsed.value as JsonObject
}
