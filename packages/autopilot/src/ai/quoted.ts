import { oneLine } from '@hotcb/protocol'

/** Returns a string on one line, without control characters. */
export function plainText(text: string): string {
  return oneLine(text.replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, ''))
}

/** Returns plain text of at most this many characters. */
export function shortened(text: string, most: number): string {
  const line = plainText(text)
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

const MOST_NAME = 64

/**
 * Formats text from outside as one JSON string: a metric name, a note, a lesson from an earlier run. The quotes mark it as
 * data; it cannot end its line or its string.
 */
export function quoted(text: string, most: number = MOST_NAME): string {
  return JSON.stringify(shortened(text, most))
}
