import { isTextTooDeep, TOO_DEEP } from './depth.ts'
import { findNonFinite, type Json, show } from './json.ts'
import { parseJson } from './parse-json.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Reads `key=value` as typed on a command line: split at the first `=`; true, false, null in any case; whole numbers;
 * decimals with or without a dot and exponent; what begins with `{`, `[` or `"` is JSON and must parse; else text.
 */
export function parseAssignment(text: string): Result<{ readonly key: string; readonly value: Json }> {
  const at = text.indexOf('=')
  if (at <= 0) return refused(`\`key=value\` expected, got ${show(text)}`)
  const key = text.slice(0, at).trim()
  const value = parseValue(text.slice(at + 1).trim())
  if (!value.ok) return refused(`\`${key}\`: ${value.reason}`)
  return ok({ key, value: value.value })
}

/** Reads the value of an assignment; the rules are {@link parseAssignment}'s. */
export function parseValue(text: string): Result<Json> {
  const word = text.toLowerCase()
  if (word === 'true') return ok(true)
  if (word === 'false') return ok(false)
  if (word === 'null') return ok(null)
  if (isNumberText(text)) {
    const number = Number(text)
    return Number.isFinite(number) ? ok(number) : refused(`a finite number expected, got ${show(text)}`)
  }
  if (!/^[{["]/.test(text)) return ok(text)
  // The value is written within a command, up to four levels down: the whole must keep to the limit.
  if (isTextTooDeep(`[[[[${text}]]]]`)) return refused(`JSON expected, got ${show(text)} (${TOO_DEEP})`)
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok) return refused(`JSON expected, got ${show(text)} (${parsed.reason})`)
  const infinite = findNonFinite(parsed.value)
  if (infinite !== undefined) return refused(`a finite number expected, got ${show(text)}`)
  // What came out of a JSON parser is JSON.
  return ok(parsed.value as Json)
}

/** Whole numbers and decimals in any of the forms `42`, `1e-4`, `.5`, `-3E+2`. */
export function isNumberText(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)
}
