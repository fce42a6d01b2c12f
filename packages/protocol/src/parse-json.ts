import { isTextTooDeep, stringEnd, TOO_DEEP } from './depth.ts'
import { ok, type Result, refused } from './result.ts'
import { messageOf } from './thrown.ts'

/**
 * Parses JSON, including the `NaN`, `Infinity` and `-Infinity` that Python writes. Never throws.
 *
 * All external JSON passes through this function: files, lines and requests. A byte order mark at the start is skipped.
 * JSON that is nested more than {@link MAX_DEPTH} deep is rejected. Valid JSON costs the same as with `JSON.parse`;
 * only text that `JSON.parse` rejects is parsed a second time.
 *
 * @param options.nan How `NaN` is treated: as null (metrics), as NaN (hotcb 2's ledgers), or rejected (commands, in
 *   which null would leave a value unchanged). Default `null`.
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

/** Parses text that contains these words. Null if it has none of them, or is not JSON even with them. */
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

// JSON has no NaN, so this text in a list represents it while the text is parsed. Unlike a string, a list cannot be a
// key. If the input contains both this very list and a bare NaN, the list is read as NaN too, which does no harm.
const NAN_MARK = '\u0000NaN'
const NAN_TEXT = JSON.stringify([NAN_MARK])

function nanOfMark(_key: string, value: unknown): unknown {
  return Array.isArray(value) && value[0] === NAN_MARK ? Number.NaN : value
}

const WORD = /(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.+-])/g

/** Replaces the bare words outside strings. Infinity becomes 1e999, which JavaScript parses as Infinity. */
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
