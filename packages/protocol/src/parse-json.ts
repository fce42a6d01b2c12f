import { isTextTooDeep, stringEnd, TOO_DEEP } from './depth.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/**
 * Parses JSON, and the `NaN`, `Infinity` and `-Infinity` that Python writes into it. Never throws.
 *
 * Every JSON text from outside is read here: the text of a file, of a line, or of a request. A byte order mark at its
 * start is skipped. A text that is nested more than {@link MAX_DEPTH} deep is refused. The normal path costs the same
 * as `JSON.parse`; only text that it refuses is parsed again.
 *
 * @param options.nan How `NaN` is treated: null, as in metrics; itself, as in a ledger of hotcb 2; or refused, as in
 *   commands, where null would leave a value unchanged. Default `null`.
 */
export function parseJson(text: string, options: { readonly nan?: NanReading } = {}): Result<unknown> {
  const json = text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text
  if (isTextTooDeep(json)) return refused(TOO_DEEP)
  try {
    return ok(JSON.parse(json))
  } catch (error) {
    return parseWithWords(json, options.nan ?? 'null') ?? refused(messageOf(error))
  }
}

type NanReading = 'null' | 'keep' | 'refuse'

const BYTE_ORDER_MARK = 0xfeff

/** Null if the text has none of these words, or is not JSON even with them. */
function parseWithWords(text: string, nan: NanReading): Result<unknown> | null {
  if (!text.includes('NaN') && !text.includes('Infinity')) return null
  const { json, hasNan } = replaceWords(text, nan === 'keep' ? NAN_TEXT : 'null')
  if (hasNan && nan === 'refuse') return refused('`NaN` is not a valid value in a request')
  try {
    return ok(hasNan && nan === 'keep' ? JSON.parse(json, nanOfMark) : JSON.parse(json))
  } catch {
    return null
  }
}

// No number in JSON reads as NaN, so a list represents it until it is parsed: unlike a text, a list cannot be a key. A
// writer of this list next to a bare NaN could just as well have written a second bare NaN.
const NAN_MARK = '\u0000NaN'
const NAN_TEXT = JSON.stringify([NAN_MARK])

function nanOfMark(_key: string, value: unknown): unknown {
  return Array.isArray(value) && value[0] === NAN_MARK ? Number.NaN : value
}

const WORD = /(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.+-])/g

/** Replaces the bare words outside strings; 1e999 reads as Infinity. */
function replaceWords(text: string, nan: string): { readonly json: string; readonly hasNan: boolean } {
  let hasNan = false
  const replaced = (word: string): string => {
    if (word !== 'NaN') return word === 'Infinity' ? '1e999' : '-1e999'
    hasNan = true
    return nan
  }
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    parts.push(text.slice(at, end).replace(WORD, replaced))
    at = quote < 0 ? end : stringEnd(text, quote)
    parts.push(text.slice(end, at))
  }
  return { json: parts.join(''), hasNan }
}
