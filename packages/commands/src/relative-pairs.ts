import {
  type ControlDescription,
  controlsByKey,
  findDescribed,
  type Json,
  type JsonObject,
  OPTIMIZER_KEYS,
  ok,
  parseRelative,
  parseValue,
  type Result,
  refused,
} from '@hotcb/protocol'
import { readPairs } from './pairs.ts'

/**
 * Reads `key=value` words for controls: in addition to values, `x0.5` multiplies the current value and `+0.1` adds to
 * it.
 *
 * The value of a control with fixed choices remains a string, and so does the value of a key that is not a control.
 *
 * @throws CommandError `usage`, like {@link readPairs}.
 */
export function readControlPairs(words: readonly string[], controls: readonly ControlDescription[]): JsonObject {
  const byKey = controlsByKey(controls)
  return readPairs(words, (text, key): Result<Json> => {
    const relative = parseRelative(text)
    if (relative === null) return parseValue(text)
    const control = findDescribed(key, byKey)
    const isControl = control === undefined ? isBuiltInKey(key) : control.type !== 'choice'
    return isControl ? ok({ ...relative }) : parseValue(text)
  })
}

// These keys are valid even before a trainer has described its controls.
function isBuiltInKey(key: string): boolean {
  return OPTIMIZER_KEYS.includes(key) || key.endsWith('_w')
}

/** Reads the value of a condition. It is compared with the current one, so a relative value would be meaningless. */
export function parseFixed(text: string): Result<Json> {
  if (parseRelative(text) === null) return parseValue(text)
  return refused(`expected a value, got ${text}: only a new value may be relative (text is written as "${text}")`)
}
