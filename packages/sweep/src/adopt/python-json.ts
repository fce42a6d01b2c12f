import { isObject, parseJson } from '@hotcb/protocol'
import { bool, float, int, NONE, str, type Value } from '../value.ts'

// A key that does not occur in other JSON. It marks a float while `JSON.parse` reads the rest.
const FLOAT_KEY = '\u0000float'

/**
 * Parses JSON written by Python's `json` module: `1.0` and `1` are different numbers, and `NaN` and `Infinity` are numbers.
 * {@link readPythonValue} reads the values in it.
 */
export function parsePythonJson(text: string): ReturnType<typeof parseJson> {
  return parseJson(text.replace(TOKENS, (token) => (isFloatToken(token) ? `{"\\u0000float":"${token}"}` : token)))
}

const TOKENS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function isFloatToken(token: string): boolean {
  return !token.startsWith('"') && /[.eEN]|Infinity/.test(token)
}

/** Returns a parameter value; undefined for a value that no parameter can have: a mapping, or a whole number above 2^53. */
export function readPythonValue(json: unknown): Value | undefined {
  if (json === null) return NONE
  if (typeof json === 'boolean') return bool(json)
  if (typeof json === 'string') return str(json)
  if (typeof json === 'number') return Number.isSafeInteger(json) ? int(json) : undefined
  if (Array.isArray(json)) {
    const items = json.flatMap((one) => readPythonValue(one) ?? [])
    return items.length === json.length ? { type: 'list', items } : undefined
  }
  const token = isObject(json) ? json[FLOAT_KEY] : undefined
  return typeof token === 'string' ? float(Number(token)) : undefined
}
