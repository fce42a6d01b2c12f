import { printable } from './printable.ts'

/** The length of the longest message that {@link oneLine} returns, in characters. */
export const LONGEST_LINE = 2000

/**
 * Converts text to one line for a message, a log or a terminal. It makes the text {@link printable}, and truncates it
 * if it is longer than `limit`.
 *
 * @param limit Characters. Default 2000.
 */
export function oneLine(text: string, limit: number = LONGEST_LINE): string {
  // The text is truncated first, so that megabytes are not scanned.
  const line = printable(text.length > limit ? text.slice(0, limit + 1) : text)
  return line.length > limit ? `${whole(line.slice(0, limit - 1))}…` : line
}

// Removes the first half of a surrogate pair that was cut in the middle.
function whole(text: string): string {
  return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text
}
