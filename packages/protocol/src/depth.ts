/**
 * The maximum depth of nested arrays and objects in any JSON or YAML that is read or written. `JSON.stringify` and
 * every other recursive function overflow the stack at a few thousand levels; no run file needs more than ten.
 */
export const MAX_DEPTH = 100

/** The message for text or a value that is nested deeper. */
export const TOO_DEEP: string = `arrays and objects are nested more than ${MAX_DEPTH} deep`

/** Whether a JSON text nests arrays and objects deeper than {@link MAX_DEPTH}. The text need not be valid. */
export function isTextTooDeep(text: string): boolean {
  // Nearly all texts are too short for that, or have too few brackets. Only the others are scanned character by
  // character.
  if (text.length <= 2 * MAX_DEPTH || !hasManyBrackets(text)) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = stringEnd(text, at) - 1
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return false
}

/**
 * Whether a value nests arrays and objects deeper than `levels`. The value must be a tree, such as a parser returns.
 */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // The cast is safe: any object can be indexed by a key.
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1)) return true
  return false
}

/** The index after the closing quote of the JSON string that begins with the quote at `start`. */
export function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text.charCodeAt(quote - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return text.length
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

function hasManyBrackets(text: string): boolean {
  let count = 0
  for (const bracket of ['{', '['] as const) {
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return true
    }
  }
  return false
}
