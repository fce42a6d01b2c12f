import { isObject, show } from './json.ts'
import { LONGEST_LINE, oneLine } from './one-line.ts'

/**
 * The text of anything that was thrown, as one line of at most 2000 characters without control characters: an error's
 * message, its name if it has no message, or the value itself.
 *
 * Never throws. JavaScript can throw an object without text, a proxy that throws when it is read, or an error whose
 * `message` does.
 */
export function messageOf(thrown: unknown): string {
  return oneLine(attempt(() => textOf(thrown)) ?? 'a thrown value that has no text')
}

/**
 * The same for a person who did not write the code: only the first line of the text, which states the problem. Parsers
 * and loaders append the lines of the file that they could not parse. Never throws.
 */
export function headlineOf(thrown: unknown): string {
  const text = attempt(() => textOf(thrown))
  return text === undefined ? messageOf(thrown) : oneLine(text.trimStart().split(/[\r\n]/, 1)[0] ?? '')
}

/** {@link messageOf} with the error's name in front, such as `TypeError: x is not a function`. Never throws. */
export function namedMessageOf(thrown: unknown): string {
  const message = messageOf(thrown)
  const name = attempt(() => (isObject(thrown) && typeof thrown['message'] === 'string' ? thrown['name'] : ''))
  return typeof name !== 'string' || name === '' || name === message ? message : oneLine(`${name}: ${message}`)
}

/** The stack of a thrown error, at most 20,000 characters; null if it has none. Never throws. */
export function traceOf(thrown: unknown): string | null {
  const stack = attempt(() => (thrown instanceof Error ? thrown.stack : undefined))
  if (typeof stack !== 'string') return null
  return stack.length > LONGEST_TRACE ? `${stack.slice(0, LONGEST_TRACE - 1)}…` : stack
}

// It is written into ledger lines, which every reader of the run parses.
const LONGEST_TRACE = 20_000

function textOf(thrown: unknown): string {
  // By shape: an error of another realm, such as a worker or a `vm` context, is not an instance of this realm's
  // `Error`.
  if (isObject(thrown) && typeof thrown['message'] === 'string') {
    return thrown['message'] === '' ? String(thrown['name'] ?? 'Error') : thrown['message']
  }
  return typeof thrown === 'object' ? show(thrown, LONGEST_LINE) : String(thrown)
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The ranks that refused a change, if the error of a function that changes several ranks names them; otherwise null. */
export function ranksOf(thrown: unknown): readonly number[] | null {
  try {
    const ranks: unknown = thrown instanceof Error && 'ranks' in thrown ? thrown.ranks : null
    if (!Array.isArray(ranks) || ranks.length === 0) return null
    const own: readonly unknown[] = [...ranks]
    return own.every((rank): rank is number => Number.isSafeInteger(rank)) ? own : null
  } catch {
    // What is thrown may be hostile.
    return null
  }
}
