import type { Random } from './random.ts'
import { changeLines, replaceToken, swapTokens } from './tokens.ts'

/** A change of a text. */
export type TextChange = (random: Random, text: string) => string

/** Values in unexpected places. */
const LITERALS: readonly string[] = [
  ...words('0 -0 1 -1 1.5 1e999 -1e999 1e-400 1e21 01 1. .5 0x10 1_000 +1 1e308 5e-324'),
  ...words('9007199254740993 2147483648 -9007199254740992 12345678901234567890123'),
  ...words('NaN Infinity -Infinity null true false [] {} "" [[]] [null] {"":0} undefined \\ \' "'),
  ...words('"NaN" "1e-4" "0x10" "\\u0000" "\\u001b[31m" "\\ud800" "\\udc00\\ud800" "\\u202e" "\\u2028" "\\ufeff" "\\"'),
  ...words('"a\\nb" "\u{1f600}" {"toString":1} {"valueOf":1,"toString":1} {"then":1} {"length":-1} {"toJSON":1}'),
  ...words('{"__proto__":{"step":1}} {"constructor":{"prototype":{"step":1}}}'),
  ...words('"__proto__" "constructor" "toString" "../../etc/passwd" "/dev/null" "." "a/b" "core" "main" " "'),
  ...words('"set_params" "load" "attempt" "checkpoint" "freeze" "replay" "prod" "strict" "applied" "kernel" "end"'),
]

/** Names that a reader may look up in its own objects, or that it may know. */
const NAMES: readonly string[] = [
  ...words('__proto__ constructor toString valueOf hasOwnProperty then length toJSON 0 -1 lr momentum betas ce'),
  ...words('ramps.ce terms.ce scheduler_scale group groups key keys value at step event call end params target init'),
  ...words('enabled module op id cid seq expect expires payload old of reverts attempt n token cut action tag set'),
  ...words('patches match insert transform_params scale add replace_params shift_step drop nth callbacks version mode'),
  ...words('recipe_path adjust_path policy step_offset modules kernel submitted metrics tune <<'),
  ...['', ' '],
]

const DEPTHS: readonly number[] = [1, 2, 30, 97, 98, 99, 100, 101, 102, 1000, 4500, 20_000, 150_000]
const LENGTHS: readonly number[] = [0, 1, 100, 3000, 70_000, 1_100_000]
const PIECES: readonly string[] = [
  'x',
  ' ',
  '\\\\',
  '\\"',
  '\u20ac',
  '\\n',
  '\\u0007',
  '[',
  '\t',
  '\u{1f600}',
  'a b ',
  '.',
  '_w',
]
const LINES: readonly string[] = ['', ' ', '\t', '\r', '\0', '[]', '7']

/** Changes of text that consists of tokens and lines. */
export const JSON_CHANGES: readonly TextChange[] = [
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, () => JSON.stringify(random.pick(NAMES))),
  (random, text) => replaceToken(random, text, () => ''),
  (random, text) => replaceToken(random, text, (token) => `${token} ${token}`),
  (random, text) => replaceToken(random, text, (token) => nested(random, token, random.pick(DEPTHS))),
  (random, text) => replaceToken(random, text, (token) => nested(random, token, 1 + random.below(110))),
  (random, text) => replaceToken(random, text, () => longText(random)),
  // An additional field, or a duplicate one.
  (random, text) =>
    replaceToken(random, text, (token) => (token === '{' ? `{${field(random)},` : `${token},${field(random)}`)),
  (random, text) => text.replace(/\{/, `{${field(random)},`),
  // A line is repeated, moved, removed or replaced.
  (random, text) =>
    changeLines(random, text, (lines, at) => void lines.splice(at, 0, ...repeated(random, lines[at] ?? ''))),
  (random, text) => changeLines(random, text, (lines, at) => void lines.splice(at, 1)),
  (random, text) => changeLines(random, text, (lines, at) => void lines.push(...lines.splice(0, at))),
  (random, text) => changeLines(random, text, (lines, at) => void lines.splice(at, 0, random.pick(LINES))),
  swapTokens,
]

/** The words of a text. */
export function words(text: string): readonly string[] {
  return text.split(' ')
}

function nested(random: Random, token: string, depth: number): string {
  const inner = /^[[\]{},:\n]?$/.test(token) ? '0' : token
  const key = JSON.stringify(random.pick(NAMES))
  if (random.oneIn(3)) return `${`{${key}:`.repeat(depth)}${inner}${'}'.repeat(depth)}`
  // Sometimes unbalanced.
  return `${'['.repeat(depth)}${inner}${']'.repeat(random.oneIn(8) ? depth - 1 : depth)}`
}

function longText(random: Random): string {
  const piece = random.pick(PIECES)
  const text = piece.repeat(Math.ceil(random.pick(LENGTHS) / piece.length))
  return random.oneIn(6) ? text : `"${text}"`
}

function field(random: Random): string {
  return `${JSON.stringify(random.pick(NAMES))}:${random.pick(LITERALS)}`
}

function repeated(random: Random, line: string): string[] {
  const times = Math.min(random.pick([1, 2, 30, 1000]), Math.floor(1_000_000 / (line.length + 1)))
  return Array.from({ length: times }, () => line)
}
