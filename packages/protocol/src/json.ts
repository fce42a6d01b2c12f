import { MAX_DEPTH } from './depth.ts'
import { oneLine } from './one-line.ts'

/** Any value that JSON can represent. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A plain JSON object; unknown keys are kept. */
export interface JsonObject {
  readonly [key: string]: Json
}

/** Whether a value is a plain object, as every command, ledger line and document must be. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Formats any value for an error message, as one line of at most `limit` characters. Never throws.
 *
 * @param limit Default 60.
 */
export function show(value: unknown, limit = 60): string {
  return oneLine(quoted(value, limit), limit)
}

/**
 * Returns the path of the first number that is not finite, since such a value must not be written; undefined if there
 * is none. Values nested more than {@link MAX_DEPTH} deep are not checked.
 */
export function findNonFinite(value: unknown, path = ''): string | undefined {
  return nonFiniteIn(value, path, 1)[0]?.path
}

/**
 * Returns messages about numbers that are not finite, one for each of the first eight.
 *
 * @param path The prefix for keys in messages, such as `params`.
 */
export function nonFiniteProblems(value: unknown, path = ''): readonly string[] {
  return nonFiniteIn(value, path, MOST_TOLD).map(({ path: at, number }) => {
    return `\`${at}\` must be a finite number, got ${Number.isNaN(number) ? 'NaN' : 'an infinity'}`
  })
}

const MOST_TOLD = 8

type NonFinite = { readonly path: string; readonly number: number }

function nonFiniteIn(value: unknown, path: string, limit: number): readonly NonFinite[] {
  const found: NonFinite[] = []
  // In nearly all values every number is finite, so no path has to be built.
  if (!isFiniteThroughout(value, MAX_DEPTH)) collect(value, path, MAX_DEPTH, { found, limit })
  return found
}

function collect(
  value: unknown,
  path: string,
  levels: number,
  into: { readonly found: NonFinite[]; readonly limit: number },
): void {
  if (into.found.length >= into.limit || isFiniteThroughout(value, levels)) return
  if (typeof value === 'number') into.found.push({ path: path || 'value', number: value })
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    collect(inner, path === '' ? key : `${path}.${key}`, levels - 1, into)
  }
}

function isFiniteThroughout(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null || levels === 0) return true
  // `for in` creates no array of keys. The cast is safe: any object can be indexed by a key.
  for (const key in value) {
    if (!isFiniteThroughout((value as Record<string, unknown>)[key], levels - 1)) return false
  }
  return true
}

function quoted(value: unknown, limit: number): string {
  if (typeof value === 'number' || value === undefined) return String(value)
  // Avoids quoting megabytes of text just for the first words.
  if (typeof value === 'string') return JSON.stringify(value.slice(0, limit + 1))
  for (const text of [(): unknown => JSON.stringify(value), (): unknown => String(value)]) {
    try {
      const given = text()
      if (typeof given === 'string') return given
    } catch {
      // The value has a cycle, has a getter that throws, or cannot be converted to a string.
    }
  }
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value} without text`
}
