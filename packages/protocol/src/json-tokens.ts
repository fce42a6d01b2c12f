import { stringEnd } from './depth.ts'

/**
 * Yields the tokens of JSON text in order: strings with their quotes, `{ } [ ] , :`, numbers and words, and each
 * `\n`. The text need not be valid. A string is one token, however long. Strings are scanned in a loop, because a
 * regular expression for them overflows at a few megabytes.
 */
export function* jsonTokens(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') {
      const end = stringEnd(text, at)
      yield text.slice(at, end)
      at = end
      continue
    }
    PLAIN.lastIndex = at
    const [token] = PLAIN.exec(text) ?? []
    if (token !== undefined) yield token
    // White space is skipped one character at a time and produces no token.
    at += token?.length ?? 1
  }
}

const PLAIN = /[{}[\],:\n]|[^\s{}[\],:"]+/y
