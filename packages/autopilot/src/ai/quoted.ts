import { oneLine } from '@hotcb/protocol'

/** Text from outside as one short line: no control characters, and nothing that turns the direction of writing. */
export function quoted(text: string, most: number): string {
  return oneLine(text)
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
    .slice(0, most)
}
