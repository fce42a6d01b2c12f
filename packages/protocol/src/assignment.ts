import { isTextTooDeep, TOO_DEEP } from './depth.ts'
import { findNonFinite, type Json, show } from './json.ts'
import { jsonTokens } from './json-tokens.ts'
import { oneLine } from './one-line.ts'
import { parseJson } from './parse-json.ts'
import { ok, type Result, refused } from './result.ts'

/**
 * Parses `key=value` as typed on a command line. The first `=` separates the key from the value. The value is true,
 * false or null in upper or lower case, a whole number, or a decimal with or without a dot and an exponent. A value
 * that begins with `{`, `[` or `"` is JSON and must parse. Anything else is text.
 *
 * A whole number beyond 2^53 is rejected, even inside JSON: a double cannot represent every such number, so a different
 * one might be set.
 *
 * @param parse Reads the value. @defaultValue {@link parseValue}
 */
export function parseAssignment(
  text: string,
  parse: (value: string, key: string) => Result<Json> = parseValue,
): Result<{ readonly key: string; readonly value: Json }> {
  const at = text.indexOf('=')
  if (at <= 0) return refused(`expected \`key=value\`, got ${show(text)}`)
  const key = text.slice(0, at).trim()
  const value = parse(text.slice(at + 1).trim(), key)
  if (!value.ok) return refused(`\`${key}\`: ${value.reason}`)
  return ok({ key, value: value.value })
}

/** Parses the value of an assignment according to the rules of {@link parseAssignment}. */
export function parseValue(text: string): Result<Json> {
  const word = text.toLowerCase()
  if (word === 'true') return ok(true)
  if (word === 'false') return ok(false)
  if (word === 'null') return ok(null)
  if (isNumberText(text)) {
    const number = Number(text)
    if (isInexact(text)) return refused(inexact(text))
    return Number.isFinite(number) ? ok(number) : refused(`expected a finite number, got ${show(text)}`)
  }
  if (!/^[{["]/.test(text)) return ok(text)
  // The value is part of a command, up to four levels deep: the whole command must stay within the limit.
  if (isTextTooDeep(`[[[[${text}]]]]`)) return refused(`expected JSON, got ${show(text)} (${TOO_DEEP})`)
  const parsed = parseJson(text, { nan: 'refuse' })
  if (!parsed.ok) return refused(`expected JSON, got ${show(text)} (${parsed.reason})`)
  for (const token of jsonTokens(text)) if (isInexact(token)) return refused(inexact(token))
  const infinite = findNonFinite(parsed.value)
  if (infinite !== undefined) return refused(`expected a finite number, got ${show(text)}`)
  // The output of a JSON parser is JSON.
  return ok(parsed.value as Json)
}

/** Whole numbers and decimals in any of the forms `42`, `1e-4`, `.5`, `-3E+2`. */
export function isNumberText(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)
}

// `Number()` rounds such a number silently. A decimal with a dot or an exponent is clearly not a count, so it may be
// rounded.
function isInexact(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && !Number.isSafeInteger(Number(text))
}

function inexact(text: string): string {
  const [lowest, highest] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  return `expected a whole number between ${lowest} and ${highest}, got ${oneLine(text, 60)}: it cannot be represented exactly`
}
