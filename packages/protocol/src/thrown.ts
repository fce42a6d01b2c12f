import { isObject, show } from './json.ts'
import { LONGEST_LINE, oneLine } from './one-line.ts'

/**
 * Returns the message of anything that was thrown, as one line of at most 2000 characters without control characters:
 * an error's message, its name if it has no message, or the value itself.
 *
 * Never throws. JavaScript can throw an object without a message, a proxy that throws when it is read, or an error
 * whose `message` getter throws.
 */
export function messageOf(thrown: unknown): string {
  return oneLine(attempt(() => textOf(thrown)) ?? 'a thrown value that has no text')
}

/**
 * Like {@link messageOf}, but returns only the first line of the text, which states the problem. It is meant for users,
 * because parsers and loaders append lines of the file that they could not parse. Never throws.
 */
export function headlineOf(thrown: unknown): string {
  const text = attempt(() => textOf(thrown))
  return text === undefined ? messageOf(thrown) : oneLine(text.trimStart().split(/[\r\n]/, 1)[0] ?? '')
}

/** Returns {@link messageOf} prefixed with the error's name, such as `TypeError: x is not a function`. Never throws. */
export function namedMessageOf(thrown: unknown): string {
  const message = messageOf(thrown)
  const name = attempt(() => (isObject(thrown) && typeof thrown['message'] === 'string' ? thrown['name'] : ''))
  return typeof name !== 'string' || name === '' || name === message ? message : oneLine(`${name}: ${message}`)
}

/** Returns the stack of a thrown error, at most 20,000 characters; null if it has none. Never throws. */
export function traceOf(thrown: unknown): string | null {
  const stack = attempt(() => (thrown instanceof Error ? thrown.stack : undefined))
  if (typeof stack !== 'string') return null
  return stack.length > LONGEST_TRACE ? `${stack.slice(0, LONGEST_TRACE - 1)}…` : stack
}

// Stacks are written into ledger lines, which every reader of the run parses.
const LONGEST_TRACE = 20_000

function textOf(thrown: unknown): string {
  // Checked by shape, because an error from another realm, such as a worker or a `vm` context, is not an instance of
  // this realm's `Error`.
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

/**
 * Returns the ranks that rejected a change, if the error names them; otherwise null. Functions that change several
 * ranks throw such errors.
 */
export function ranksOf(thrown: unknown): readonly number[] | null {
  try {
    const ranks: unknown = thrown instanceof Error && 'ranks' in thrown ? thrown.ranks : null
    if (!Array.isArray(ranks) || ranks.length === 0) return null
    const own: readonly unknown[] = [...ranks]
    return own.every((rank): rank is number => Number.isSafeInteger(rank)) ? own : null
  } catch {
    // Reading the thrown value may throw too.
    return null
  }
}
