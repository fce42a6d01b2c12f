import { show } from '@hotcb/protocol'

/**
 * What anything thrown says, in one line.
 *
 * Never throws, whatever it is handed: JavaScript can throw what has no text, or what throws when it is looked at.
 */
export function messageOf(thrown: unknown): string {
  const text = attempt(() => textOf(thrown)) ?? 'something that cannot be told as text'
  return shortened(text.replace(/\s*[\r\n]+\s*/g, ' '), LONGEST_MESSAGE)
}

/** Its trace; null where it has none. Never throws. */
export function traceOf(thrown: unknown): string | null {
  const stack = attempt(() => (thrown instanceof Error ? thrown.stack : undefined))
  return typeof stack === 'string' ? shortened(stack, LONGEST_TRACE) : null
}

// Both stand in ledger lines, which every reader of the run parses.
const LONGEST_MESSAGE = 2000
const LONGEST_TRACE = 20_000

function textOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown === 'object' ? show(thrown, LONGEST_MESSAGE) : String(thrown)
  const { name, message } = thrown
  return message === '' ? String(name) : `${name}: ${message}`
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
