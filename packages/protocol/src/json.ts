import { ok, type Result, refused } from './result.ts'

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A plain JSON object; unknown keys are kept. */
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * Parses JSON, and the `NaN`, `Infinity` and `-Infinity` that Python writes into it.
 *
 * The plain path costs what `JSON.parse` costs; only text that it refuses is looked at again.
 *
 * @param options.nan What becomes of `NaN`: null, as in metrics, or a refusal, as in commands, where null leaves a value as it
 * is. Default `null`.
 */
export function parseJson(text: string, options: { readonly nan?: 'null' | 'refuse' } = {}): Result<unknown> {
  try {
    return ok(JSON.parse(text))
  } catch (error) {
    if (options.nan === 'refuse' && hasNaN(text)) return refused('`NaN` is no value that can be asked for')
    const repaired = text.replace(NON_FINITE, (whole, inString: string | undefined) =>
      inString === undefined ? (NON_FINITE_JSON[whole] ?? whole) : whole,
    )
    if (repaired === text) return refused(reasonOf(error))
    try {
      return ok(JSON.parse(repaired))
    } catch (again) {
      return refused(reasonOf(again))
    }
  }
}

/** True for a plain object: what a command, a ledger line or a document must be. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A short quotation of any value for an error message, at most `limit` characters. Never throws.
 *
 * @param limit Default 60.
 */
export function show(value: unknown, limit = 60): string {
  const text = typeof value === 'number' || value === undefined ? String(value) : (safeStringify(value) ?? named(value))
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}

/** Path, if any, of the first number that is not finite: such a value must not be written. */
export function findNonFinite(value: unknown, path = ''): string | undefined {
  // Nearly always there is none, and then no path need be built.
  if (isFiniteThroughout(value)) return undefined
  if (typeof value !== 'object' || value === null) return path || 'value'
  for (const [key, inner] of Object.entries(value)) {
    const found = findNonFinite(inner, path === '' ? key : `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  // `for in` makes no array of the keys. The cast: any object can be asked for a key.
  for (const key in value) if (!isFiniteThroughout((value as Record<string, unknown>)[key])) return false
  return true
}

// A string literal (left alone) or one of the three tokens. 1e999 is read back as Infinity.
const NON_FINITE = /("(?:[^"\\]|\\.)*")|-?\bInfinity\b|\bNaN\b/g
const NON_FINITE_JSON: Readonly<Record<string, string>> = {
  NaN: 'null',
  Infinity: '1e999',
  '-Infinity': '-1e999',
}

function hasNaN(text: string): boolean {
  for (const [token] of text.matchAll(NON_FINITE)) if (token === 'NaN') return true
  return false
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// What JSON cannot carry: a function, a bigint, a cycle. `String` itself throws where an object has no text.
function named(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value} without text`
  }
}

function safeStringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
