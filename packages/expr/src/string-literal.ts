import { quote, stop } from './problem.ts'
import type { TextSpan } from './types.ts'

const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  n: '\n',
  t: '\t',
  r: '\r',
}
const CODE = /x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}/y

/** Reads a string that begins at `start`, with Python's escapes. @throws Stopped */
export function readString(text: string, start: number): TextSpan & { readonly kind: 'string'; readonly text: string } {
  const mark = text[start]
  let value = ''
  let at = start + 1
  for (;;) {
    const next = text[at]
    if (next === mark) return { kind: 'string', text: value, start, end: at + 1 }
    if (next === undefined || next === '\n') {
      stop('syntax', `an unterminated string: ${mark} is missing`, { start, end: at })
    }
    const piece = next === '\\' ? readEscape(text, at) : { value: next, end: at + 1 }
    value += piece.value
    at = piece.end
  }
}

function readEscape(text: string, at: number): { readonly value: string; readonly end: number } {
  const letter = text[at + 1] ?? ''
  const simple = Object.hasOwn(SIMPLE, letter) ? SIMPLE[letter] : undefined
  if (simple !== undefined) return { value: simple, end: at + 2 }
  CODE.lastIndex = at + 1
  const [code] = CODE.exec(text) ?? []
  const point = code === undefined ? Number.NaN : Number.parseInt(code.slice(1), 16)
  if (code === undefined || point > 0x10ffff) {
    stop('syntax', `${quote(text.slice(at, at + 2))} is not an escape: write a backslash twice`, {
      start: at,
      end: Math.min(at + 2, text.length),
    })
  }
  return { value: String.fromCodePoint(point), end: at + 1 + code.length }
}

/** Formats a string as an ASCII literal that {@link readString} can read. */
export function writeString(value: string): string {
  return writeLiteral(value, /[^\x20-\x7e]/)
}

/** Formats a string as a Python literal. Characters that `escaped` matches are written as numeric escapes. */
export function writeLiteral(value: string, escaped: RegExp): string {
  const mark = value.includes("'") && !value.includes('"') ? '"' : "'"
  const body = [...value].map((character) => {
    if (character === mark) return `\\${character}`
    const short = ESCAPES.get(character)
    return short ?? (escaped.test(character) ? numbered(character.codePointAt(0) ?? 0) : character)
  })
  return `${mark}${body.join('')}${mark}`
}

function numbered(point: number): string {
  const hex = (digits: number): string => point.toString(16).padStart(digits, '0')
  if (point <= 0xff) return `\\x${hex(2)}`
  return point <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
