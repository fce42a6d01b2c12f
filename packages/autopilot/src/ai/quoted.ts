import { oneLine } from '@hotcb/protocol'

/** A text on one line, without characters that control how it is shown. */
export function plainText(text: string): string {
  return oneLine(text.replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, ''))
}

/** Plain text of at most this many characters. */
export function shortened(text: string, most: number): string {
  const line = plainText(text)
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

const MOST_NAME = 64

/**
 * Text from outside as one JSON string: the name of a metric, a note, a lesson of an earlier run. The quotes mark it as data; it
 * cannot end its line or its string.
 */
export function quoted(text: string, most: number = MOST_NAME): string {
  return JSON.stringify(shortened(text, most))
}
