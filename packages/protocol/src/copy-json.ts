import { isDeeperThan, MAX_DEPTH, TOO_DEEP } from './depth.ts'
import { findNonFinite, type Json } from './json.ts'
import { parseJson } from './parse-json.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/**
 * Copies a JavaScript value as JSON, or returns why that is impossible. Never throws, even for cycles, a
 * `toJSON` or a getter that throws, or a BigInt.
 *
 * A value that will be written later must be a copy, so that it cannot change in the meantime.
 *
 * @param options.levels How deep arrays and objects may be nested in the value. Subtract the levels of the document
 *   that will contain it. Default {@link MAX_DEPTH}.
 * @param options.nonFinite How a number that is not finite is treated: `refuse` it, or convert it to null. Default
 *   `refuse`.
 */
export function copyJson(
  value: unknown,
  options: { readonly levels?: number; readonly nonFinite?: 'refuse' | 'null' } = {},
): Result<Json> {
  const { levels = MAX_DEPTH, nonFinite = 'refuse' } = options
  try {
    const text: unknown = JSON.stringify(value)
    if (typeof text !== 'string') return refused(`expected JSON, got a value of type ${typeof value}`)
    const copy = parseJson(text)
    if (!copy.ok) return copy
    if (isDeeperThan(copy.value, levels)) return refused(TOO_DEEP)
    // Only a value of finite size can be serialized, so the search terminates. `JSON.stringify` has converted
    // non-finite numbers to null.
    const infinite = nonFinite === 'null' ? undefined : findNonFinite(value)
    if (infinite !== undefined) return refused(`\`${infinite}\` must be a finite number, got NaN or an infinity`)
    // The output of a JSON parser is JSON.
    return ok(copy.value as Json)
  } catch (error) {
    return refused(`expected JSON: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  const message = messageOf(error)
  if (/circular/.test(message)) return 'the value contains itself'
  return /call stack/.test(message) ? TOO_DEEP : message
}
