import { isDeeperThan, MAX_DEPTH, TOO_DEEP } from './depth.ts'
import { findNonFinite, type Json } from './json.ts'
import { parseJson } from './parse-json.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/**
 * A copy of a value that code has built, as JSON has it, or why it has none. Never throws, whatever the value does when it is
 * looked at: cycles, a `toJSON` or a getter that throws, a BigInt.
 *
 * What is written later must be a copy: nobody else may change it meanwhile.
 *
 * @param options.levels How deep arrays and objects may be nested in it: what it will be part of adds its own. Default
 * {@link MAX_DEPTH}.
 * @param options.nonFinite What becomes of a number that is not finite: a refusal, or null. Default `refuse`.
 */
export function copyJson(
  value: unknown,
  options: { readonly levels?: number; readonly nonFinite?: 'refuse' | 'null' } = {},
): Result<Json> {
  const { levels = MAX_DEPTH, nonFinite = 'refuse' } = options
  try {
    const text: unknown = JSON.stringify(value)
    if (typeof text !== 'string') return refused(`JSON expected, got a value of type ${typeof value}`)
    const copy = parseJson(text)
    if (!copy.ok) return copy
    if (isDeeperThan(copy.value, levels)) return refused(TOO_DEEP)
    // It has an end, or there would be no text of it. JSON has turned what is not finite into null by now.
    const infinite = nonFinite === 'null' ? undefined : findNonFinite(value)
    if (infinite !== undefined) return refused(`\`${infinite}\` must be a finite number, got NaN or an infinity`)
    // What came out of a JSON parser is JSON.
    return ok(copy.value as Json)
  } catch (error) {
    return refused(`JSON expected: ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  const message = messageOf(error)
  if (/circular/.test(message)) return 'the value holds itself'
  return /call stack/.test(message) ? TOO_DEEP : message
}
