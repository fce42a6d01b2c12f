import { type Json, parseAssignment, parseValue, type Result, readRelative, show, showRelative } from '@hotcb/protocol'
import { usageError } from './command-error.ts'

/**
 * Reads `key=value` words into params; see run-directory.md part 8 for the rules of values.
 *
 * @param parse Reads the value of a pair. @defaultValue `parseValue`
 * @throws CommandError `usage` for a word that is not an assignment, a value that does not parse, and a duplicate key.
 */
export function readPairs(
  words: readonly string[],
  parse: (value: string, key: string) => Result<Json> = parseValue,
): Readonly<Record<string, Json>> {
  const params: Record<string, Json> = {}
  for (const word of words) {
    const pair = parseAssignment(word, parse)
    if (!pair.ok) throw usageError(pair.reason)
    const { key, value } = pair.value
    if (Object.hasOwn(params, key))
      throw usageError(`\`${key}\` is given twice: ${typed(params[key])} and ${typed(value)}`)
    // The key is not set by assignment, because the one in `__proto__=1` must be a key like any other.
    Object.defineProperty(params, key, { value, enumerable: true })
  }
  return params
}

// A relative value is shown as it is typed, not as it is sent.
function typed(value: Json | undefined): string {
  const relative = readRelative(value)
  return relative === null ? show(value) : showRelative(relative)
}

/** Splits `a=1,b=[2,3],c="x,y"` at commas outside brackets and quotes. */
export function splitCommas(text: string): readonly string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const [piece] of text.matchAll(PIECES)) {
    if (piece === ',' && depth === 0) {
      parts.push('')
      continue
    }
    if (piece === '[' || piece === '{') depth++
    else if (piece === ']' || piece === '}') depth = Math.max(0, depth - 1)
    parts[parts.length - 1] += piece
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/** Reads the pairs of a flag: `a=1,b=2`. Only a piece with `=` begins another pair, so `paths=a,b` is one pair. */
export function splitPairs(text: string): readonly string[] {
  const pairs: string[] = []
  for (const piece of splitCommas(text)) {
    if (piece.includes('=') || pairs.length === 0) pairs.push(piece)
    else pairs[pairs.length - 1] += `,${piece}`
  }
  return pairs
}

// This matches a whole string literal, or one character.
const PIECES = /"(?:[^"\\]|\\.)*"|[\s\S]/g
