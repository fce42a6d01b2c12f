import { isObject, show } from './json.ts'

/**
 * The text of anything that was thrown, in one line of at most 2000 characters: an error's message, its name where it has
 * none, or the value itself.
 *
 * Never throws. JavaScript can throw an object without text, a proxy that throws when it is read, or an error whose
 * `message` does.
 */
export function messageOf(thrown: unknown): string {
  const text = attempt(() => textOf(thrown)) ?? 'a thrown value that has no text'
  return shortened(text.replace(/\s*[\r\n]+\s*/g, ' '), LONGEST_MESSAGE)
}

/** The same with the error's name in front, as `TypeError: x is not a function`. Never throws. */
export function namedMessageOf(thrown: unknown): string {
  const message = messageOf(thrown)
  const name = attempt(() => (isObject(thrown) && typeof thrown['message'] === 'string' ? thrown['name'] : ''))
  return typeof name !== 'string' || name === '' || name === message ? message : `${name}: ${message}`
}

/** The stack of a thrown error, at most 20,000 characters; null where it has none. Never throws. */
export function traceOf(thrown: unknown): string | null {
  const stack = attempt(() => (thrown instanceof Error ? thrown.stack : undefined))
  return typeof stack === 'string' ? shortened(stack, LONGEST_TRACE) : null
}

// Both are written into ledger lines, which every reader of the run parses.
const LONGEST_MESSAGE = 2000
const LONGEST_TRACE = 20_000

function textOf(thrown: unknown): string {
  // By shape: an error of another realm, such as a worker or a `vm` context, is no `Error` of this one.
  if (isObject(thrown) && typeof thrown['message'] === 'string') {
    return thrown['message'] === '' ? String(thrown['name'] ?? 'Error') : thrown['message']
  }
  return typeof thrown === 'object' ? show(thrown, LONGEST_MESSAGE) : String(thrown)
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

function shortened(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit - 1)}…` : text
}
