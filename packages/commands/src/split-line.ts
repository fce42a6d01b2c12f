/** One word of a line, and its position. */
export interface Word {
  readonly text: string
  readonly start: number
  readonly end: number
  /** The quote or bracket that was not closed; absent if all were. */
  readonly open?: string
}

/**
 * Splits a line into words as a shell does: at white space, but not within quotes, which are removed. A backslash makes
 * a following quote, space or backslash literal; within double quotes also a `$` or a backtick.
 *
 * Unlike in a shell, JSON needs no quotes: a value that begins with `{` or `[` extends to its closing bracket, and
 * keeps its quotes.
 */
export function splitLine(line: string): readonly Word[] {
  const words: Word[] = []
  for (let at = 0; at < line.length; ) {
    if (isBlank(line.charAt(at))) at++
    else {
      const word = readWord(line, at)
      words.push(word)
      at = word.end
    }
  }
  return words
}

function readWord(line: string, start: number): Word {
  let text = ''
  for (let at = start; ; ) {
    const c = line.charAt(at)
    if (c === '' || isBlank(c)) return { text, start, end: at }
    const piece = readPiece(line, at, text === '' || text.endsWith('='))
    text += piece.text
    at = piece.end
    if (piece.open !== undefined) return { text, start, end: at, open: piece.open }
  }
}

type Piece = Omit<Word, 'start'>

/** @param isValue Whether a value begins here, which may be JSON. */
function readPiece(line: string, at: number, isValue: boolean): Piece {
  const c = line.charAt(at)
  if (c === '"' || c === "'") return readQuoted(line, at + 1, c)
  if (isValue && (c === '{' || c === '[')) return readJson(line, at)
  return isEscape(line, at, `"' \t\\`) ? { text: line.charAt(at + 1), end: at + 2 } : { text: c, end: at + 1 }
}

function readQuoted(line: string, from: number, quote: string): Piece {
  let text = ''
  for (let at = from; at < line.length; at++) {
    if (line.charAt(at) === quote) return { text, end: at + 1 }
    // Within single quotes a backslash is literal.
    if (quote === '"' && isEscape(line, at, '"\\$`')) at++
    text += line.charAt(at)
  }
  return { text, end: line.length, open: quote }
}

function readJson(line: string, from: number): Piece {
  const bracket = line.charAt(from)
  let depth = 0
  for (let at = from; at < line.length; at++) {
    const c = line.charAt(at)
    if (c === '"') {
      at = endOfText(line, at)
      continue
    }
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') depth--
    if (depth === 0) return { text: line.slice(from, at + 1), end: at + 1 }
  }
  return { text: line.slice(from), end: line.length, open: bracket }
}

// The closing quote of a JSON string, or the end of the line.
function endOfText(line: string, from: number): number {
  for (let at = from + 1; at < line.length; at++) {
    if (line.charAt(at) === '\\') at++
    else if (line.charAt(at) === '"') return at
  }
  return line.length
}

function isEscape(line: string, at: number, escaped: string): boolean {
  const next = line.charAt(at + 1)
  return line.charAt(at) === '\\' && next !== '' && escaped.includes(next)
}

function isBlank(c: string): boolean {
  return /\s/.test(c)
}
