import { printable } from './printable.ts'

/** Longest message that {@link oneLine} returns, in characters. */
export const LONGEST_LINE = 2000

/**
 * A text as one line for a message, a log or a terminal: {@link printable}, and cut if it is longer than `limit`.
 *
 * @param limit Characters. Default 2000.
 */
export function oneLine(text: string, limit: number = LONGEST_LINE): string {
  // Cut first, so that a text of megabytes is not scanned.
  const line = printable(text.length > limit ? text.slice(0, limit + 1) : text)
  return line.length > limit ? `${whole(line.slice(0, limit - 1))}…` : line
}

// A surrogate pair that was cut in half loses its first half.
function whole(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text
}
