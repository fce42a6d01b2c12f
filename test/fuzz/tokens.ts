import type { Random } from './random.ts'

// A string that is not too long, a punctuation character, a line end, a number or a word.
const TOKENS = /"(?:[^"\\\n]|\\.){0,5000}"|[{}[\],:]|\n|[^\s{}[\],:"]{1,5000}/g
const LONGEST_TOKEN = 5000

/** The text with one token replaced. */
export function replaceToken(random: Random, text: string, by: (token: string) => string): string {
  const token = tokenAt(text, random.below(text.length + 1))
  if (token === null) return text + by('')
  return text.slice(0, token.start) + by(text.slice(token.start, token.end)) + text.slice(token.end)
}

/** The text with two tokens swapped. */
export function swapTokens(random: Random, text: string): string {
  const one = tokenAt(text, random.below(text.length + 1))
  const other = tokenAt(text, random.below(text.length + 1))
  if (one === null || other === null) return text
  const [first, second] = one.start <= other.start ? [one, other] : [other, one]
  if (second.start < first.end) return text
  const between = text.slice(first.end, second.start)
  const swapped = text.slice(second.start, second.end) + between + text.slice(first.start, first.end)
  return text.slice(0, first.start) + swapped + text.slice(second.end)
}

/** The text after a change of its lines; `at` is one of them. */
export function changeLines(random: Random, text: string, by: (lines: string[], at: number) => void): string {
  const lines = text.split('\n')
  by(lines, random.below(lines.length))
  return lines.join('\n')
}

interface Token {
  readonly start: number
  readonly end: number
}

/** The first token that ends after a place; a text of megabytes is not split for one of its tokens. */
function tokenAt(text: string, place: number): Token | null {
  TOKENS.lastIndex = Math.max(text.lastIndexOf('\n', place - 1), place - LONGEST_TOKEN, 0)
  for (let found = TOKENS.exec(text); found !== null; found = TOKENS.exec(text)) {
    const end = found.index + found[0].length
    if (end > place) return { start: found.index, end }
  }
  return null
}
