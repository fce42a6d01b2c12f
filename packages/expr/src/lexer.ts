import { quote, stop } from './problem.ts'
import { readString } from './string-literal.ts'
import { MAX_TEXT_LENGTH, type TextSpan } from './types.ts'

export type Token =
  | (TextSpan & { readonly kind: 'int' | 'float'; readonly value: number })
  | (TextSpan & { readonly kind: 'string'; readonly text: string })
  | (TextSpan & { readonly kind: 'name'; readonly text: string; readonly quoted: boolean })
  /** Operators, brackets and keywords, identified by their spelling. The last token is `end of text`. */
  | (TextSpan & { readonly kind: 'sign'; readonly text: string })

export const END = 'end of text'

const WORDS = new Set(['and', 'or', 'not', 'in', 'if', 'else'])
const SPACE = /[ \t\r\n\f]+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const SIGN = /\*\*|\/\/|==|!=|<=|>=|[-+*/%<>()[\],.]/y
const NUMBER =
  /(?:0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|(?:\d(?:_?\d)*)?\.?(?:\d(?:_?\d)*)?(?:[eE][+-]?\d(?:_?\d)*)?)/y
const FLOAT = /^(?!0[xX])[^xX]*[.eE]/
const DIGIT = /\.?\d/y

/** Splits the text of an expression into tokens. @throws Stopped */
export function readTokens(text: string): readonly Token[] {
  if (text.length > MAX_TEXT_LENGTH) {
    const message = `the expression is too long: ${text.length} characters; the limit is ${MAX_TEXT_LENGTH}`
    stop('cost', message, { start: MAX_TEXT_LENGTH, end: text.length })
  }
  const tokens: Token[] = []
  let at = skipSpace(text, 0)
  while (at < text.length) {
    const token = readToken(text, at)
    tokens.push(token)
    at = skipSpace(text, token.end)
  }
  tokens.push({ kind: 'sign', text: END, start: text.length, end: text.length })
  return tokens
}

function readToken(text: string, start: number): Token {
  const first = text[start]
  if (first === '"' || first === "'") return readString(text, start)
  if (first === '`') return readQuotedName(text, start)
  if (matchAt(DIGIT, text, start) !== undefined) return readNumber(text, start)
  const word = matchAt(NAME, text, start)
  if (word !== undefined) return readWord(word, text, start)
  const sign = matchAt(SIGN, text, start)
  if (sign !== undefined) return { kind: 'sign', text: sign, start, end: start + sign.length }
  const found = String.fromCodePoint(text.codePointAt(start) ?? 0)
  const hint = HINTS.get(found) ?? ''
  return stop('syntax', `${quote(found)} is not part of an expression${hint}`, { start, end: start + found.length })
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['=', ': compare with `==`'],
  ['!', ': write `not`, or `!=`'],
  ['&', ': write `and`'],
  ['|', ': write `or`'],
  ['^', ': a power is `**`'],
])

function readWord(word: string, text: string, start: number): Token {
  const end = start + word.length
  const next = text[end]
  if (next === '"' || next === "'") {
    stop('syntax', `${quote(word)} before a string: strings have no prefix`, { start, end })
  }
  if (WORDS.has(word)) return { kind: 'sign', text: word, start, end }
  return { kind: 'name', text: word, quoted: false, start, end }
}

function readQuotedName(text: string, start: number): Token {
  const end = text.indexOf('`', start + 1)
  const line = text.indexOf('\n', start)
  if (end === -1 || (line !== -1 && line < end)) {
    stop('syntax', 'an unterminated name in backquotes: ` is missing', { start, end: text.length })
  }
  if (end === start + 1) stop('syntax', 'a name in backquotes is empty', { start, end: end + 1 })
  return { kind: 'name', text: text.slice(start + 1, end), quoted: true, start, end: end + 1 }
}

function readNumber(text: string, start: number): Token {
  const written = matchAt(NUMBER, text, start) ?? ''
  const end = start + written.length
  const span = { start, end }
  if (/[\w.]/.test(text[end] ?? ' ')) {
    const whole = /^[\w.]+/.exec(text.slice(start))?.[0] ?? written
    stop('syntax', `${quote(whole)} is not a number`, { start, end: start + whole.length })
  }
  const digits = written.replaceAll('_', '')
  if (FLOAT.test(digits)) {
    const value = Number(digits)
    if (!Number.isFinite(value)) stop('range', `${quote(written)} is too large for a float`, span)
    return { kind: 'float', value, ...span }
  }
  if (/^0+[1-9]/.test(digits)) stop('syntax', `${quote(written)} begins with 0: leave the zeros out`, span)
  const value = Number(digits)
  if (!Number.isSafeInteger(value)) {
    stop('range', `${quote(written)} is too large; the limit for whole numbers is 2**53 - 1`, span)
  }
  return { kind: 'int', value, ...span }
}

function skipSpace(text: string, at: number): number {
  return at + (matchAt(SPACE, text, at)?.length ?? 0)
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
