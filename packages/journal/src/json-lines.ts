import { randomUUID } from 'node:crypto'
import type { TailLine } from './line.ts'

/** A line read as JSON, or where it stands and why it cannot be. */
export type JsonLine<Value> =
  | { readonly ok: true; readonly value: Value; readonly line: TailLine }
  | { readonly ok: false; readonly offset: number; readonly reason: string; readonly line: TailLine }

/**
 * Reads one line as JSON, also with the bare words `NaN`, `Infinity` and `-Infinity` that Python writes.
 *
 * `Value` is the caller's word for what it expects; nothing is checked here.
 */
export function parseJsonLine<Value = unknown>(line: TailLine): JsonLine<Value> {
  try {
    return { ok: true, value: JSON.parse(line.text), line }
  } catch (error) {
    const value = parseWithNonFinite(line.text)
    // The caller's claim, as above.
    if (value !== NO_VALUE) return { ok: true, value: value as Value, line }
    const reason = `not valid JSON: ${error instanceof Error ? error.message : String(error)}`
    return { ok: false, offset: line.offset, reason, line }
  }
}

/** The same for many lines, one result each, in order. */
export function* parseJsonLines<Value = unknown>(lines: Iterable<TailLine>): Iterable<JsonLine<Value>> {
  for (const line of lines) yield parseJsonLine<Value>(line)
}

const NO_VALUE = Symbol('no value')
const WORD = /(?<![\w.+-])(?:NaN|-?Infinity)(?![\w.+-])/g

function parseWithNonFinite(text: string): unknown {
  if (!text.includes('NaN') && !text.includes('Infinity')) return NO_VALUE
  // No number in JSON reads as NaN: until it is parsed, a list stands for it whose text nobody can have written.
  const mark = randomUUID()
  try {
    return JSON.parse(replaceWords(text, mark), (_key, value: unknown) =>
      Array.isArray(value) && value[0] === mark ? Number.NaN : value,
    )
  } catch {
    return NO_VALUE
  }
}

/** Replaces the bare words outside of strings; 1e999 reads as Infinity. */
function replaceWords(text: string, mark: string): string {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    parts.push(text.slice(at, end).replace(WORD, (word) => numberFor(word, mark)))
    at = quote < 0 ? end : stringEnd(text, quote)
    parts.push(text.slice(end, at))
  }
  return parts.join('')
}

function numberFor(word: string, mark: string): string {
  if (word === 'NaN') return `["${mark}"]`
  return word === 'Infinity' ? '1e999' : '-1e999'
}

/** Where the string that begins with the quote at `start` is over. */
function stringEnd(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return Math.min(at + 1, text.length)
}
