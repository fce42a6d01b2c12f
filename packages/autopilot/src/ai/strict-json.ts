import { isObject, type JsonObject, ok, parseJson, type Result, refused } from '@hotcb/protocol'

const MOST_CHARACTERS = 64 * 1024
const MOST_DEEP = 16

/**
 * Reads the single JSON object in an answer. A Markdown fence around it is allowed, other text is not. More than 64 KiB, more than 16
 * levels, duplicate keys and non-finite numbers are rejected.
 */
export function readOneObject(text: string): Result<JsonObject> {
  if (text.length > MOST_CHARACTERS)
    return refused(`the answer is ${text.length} characters long; the limit is ${MOST_CHARACTERS}`)
  const inner = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text
  if (inner.trim() === '') return refused('the answer is empty')
  const trouble = shapeProblem(inner)
  if (trouble !== null) return refused(trouble)
  const parsed = parseJson(inner, { nan: 'refuse' })
  if (!parsed.ok) return refused('the answer is not JSON')
  if (!isObject(parsed.value)) return refused('the answer is not a JSON object')
  if (!allFinite(parsed.value)) return refused('the answer contains a number that is not finite')
  // It was parsed from JSON.
  return ok(parsed.value as JsonObject)
}

/** Finds problems that a JSON parser accepts: deep nesting and duplicate keys. Strings are skipped as a whole. */
function shapeProblem(text: string): string | null {
  const keys: (Set<string> | null)[] = []
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g
  for (let found = tokens.exec(text); found !== null; found = tokens.exec(text)) {
    const [token] = found
    if (token === '{') keys.push(new Set())
    else if (token === '[') keys.push(null)
    else if (token === '}' || token === ']') keys.pop()
    else if (isTwice(token, keys.at(-1), text.slice(tokens.lastIndex, tokens.lastIndex + 20)))
      return `the answer has the key ${token.slice(0, 40)} twice`
    if (keys.length > MOST_DEEP) return `the answer is more than ${MOST_DEEP} levels deep`
  }
  return null
}

/** Whether a string is a duplicate key of its object. A new key is remembered. */
function isTwice(token: string, open: Set<string> | null | undefined, behind: string): boolean {
  if (!open || !/^\s*:/.test(behind)) return false
  const key = keyOf(token)
  if (open.has(key)) return true
  open.add(key)
  return false
}

function keyOf(token: string): string {
  const key = parseJson(token)
  return key.ok ? String(key.value) : token
}

function allFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(allFinite)
}
