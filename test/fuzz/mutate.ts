import type { Random } from './random.ts'

// A mutator of our own, and not fast-check, which the property tests use: an input is derived from a valid one by few changes
// (most texts that are made from nothing fail at their first byte), it must be written down before it is tried (a reader that
// hangs reports nothing), and a run lasts for a time, not for a number of cases. fast-check shrinks better; a finding here is
// cut down by removing pieces of it, see `shrink.ts`.

/** How the bytes of an input are made of lines and tokens. */
export type Syntax = 'json' | 'yaml'

/** Inputs do not grow beyond this. */
const LONGEST_BYTES = 4 * 1024 * 1024

/** An input near to another one. `pool` are inputs to take pieces from. */
export function mutate(random: Random, input: Buffer, pool: readonly Buffer[], syntax: Syntax): Buffer {
  let bytes = input
  const changes = 1 + random.below(random.oneIn(4) ? 6 : 2)
  for (let i = 0; i < changes; i++) {
    const changed = change(random, bytes, pool, syntax)
    if (changed.length <= LONGEST_BYTES) bytes = changed
  }
  return bytes
}

function change(random: Random, bytes: Buffer, pool: readonly Buffer[], syntax: Syntax): Buffer {
  if (random.oneIn(5)) return random.pick(BYTE_CHANGES)(random, bytes)
  if (random.oneIn(12)) return splice(random, bytes, random.pick(pool))
  const changes = syntax === 'yaml' && !random.oneIn(3) ? YAML_CHANGES : TEXT_CHANGES
  return Buffer.from(random.pick(changes)(random, bytes.toString('utf8')))
}

type ByteChange = (random: Random, bytes: Buffer) => Buffer
type TextChange = (random: Random, text: string) => string

const BYTE_ORDER_MARK = Buffer.from('\ufeff')

const BYTE_CHANGES: readonly ByteChange[] = [
  // Another bit.
  (random, bytes) => {
    const changed = Buffer.from(bytes)
    const at = random.below(bytes.length || 1)
    if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
    return changed
  },
  // A byte that is none in UTF-8, a NUL, a half of a pair, a control character.
  (random, bytes) =>
    insertAt(random, bytes, Buffer.from(random.pick([[0xff], [0], [0xed, 0xa0, 0x80], [0xc2], [0x1b], [0x85]]))),
  // Cut: a writer was killed.
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  (random, bytes) => removeRange(random, bytes, bytes),
  (random, bytes) => Buffer.concat([BYTE_ORDER_MARK, bytes]),
  (random, bytes) => insertAt(random, bytes, BYTE_ORDER_MARK),
  (_random, bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  (random, bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', random.pick(['', '\r', '\n\n'])), 'latin1'),
]

/** What stands where nobody expects it. */
const LITERALS: readonly string[] = [
  ...['0', '-0', '1', '-1', '1.5', '1e999', '-1e999', '1e-400', '1e21', '01', '1.', '.5', '0x10', '1_000', '+1'],
  ...['9007199254740993', '2147483648', '-9007199254740992', '12345678901234567890123', '1e308', '5e-324'],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    'null',
    'true',
    'false',
    '[]',
    '{}',
    '""',
    '[[]]',
    '[null]',
    '{"":0}',
    'undefined',
  ],
  ...['"NaN"', '"1e-4"', '"0x10"', '" "', '"\\u0000"', '"\\u001b[31m"', '"\\ud800"', '"\\udc00\\ud800"', '"\\u202e"'],
  ...[
    '"\\u2028"',
    '"a\\nb"',
    '"\\ufeff"',
    '"\u{1f600}"',
    '"\\"',
    '"',
    "'",
    '\\',
    '{"toString":1}',
    '{"valueOf":1,"toString":1}',
  ],
  ...[
    '{"then":1}',
    '{"length":-1}',
    '{"__proto__":{"step":1}}',
    '{"constructor":{"prototype":{"step":1}}}',
    '{"toJSON":1}',
  ],
  ...[
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '"../../etc/passwd"',
    '"/dev/null"',
    '"."',
    '"a/b"',
    '"core"',
    '"main"',
  ],
  ...[
    '"set_params"',
    '"load"',
    '"attempt"',
    '"checkpoint"',
    '"freeze"',
    '"replay"',
    '"prod"',
    '"strict"',
    '"applied"',
    '"kernel"',
  ],
]

/** Names that a reader may look up in an object of its own, or know. */
const NAMES: readonly string[] = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'then',
    'length',
    'toJSON',
    '',
    '0',
    '-1',
    ' ',
  ],
  ...[
    'lr',
    'momentum',
    'betas',
    'ce',
    'ramps.ce',
    'terms.ce',
    'scheduler_scale',
    'group',
    'groups',
    'key',
    'keys',
    'value',
  ],
  ...[
    'at',
    'step',
    'event',
    'call',
    'end',
    'params',
    'target',
    'init',
    'enabled',
    'module',
    'op',
    'id',
    'cid',
    'seq',
    'expect',
  ],
  ...[
    'expires',
    'payload',
    'old',
    'of',
    'reverts',
    'attempt',
    'n',
    'token',
    'cut',
    'action',
    'tag',
    'set',
    'patches',
    'match',
  ],
  ...[
    'insert',
    'transform_params',
    'scale',
    'add',
    'replace_params',
    'shift_step',
    'drop',
    'nth',
    'callbacks',
    'version',
  ],
  ...[
    'mode',
    'recipe_path',
    'adjust_path',
    'policy',
    'step_offset',
    'modules',
    'kernel',
    'submitted',
    'metrics',
    'tune',
    '<<',
  ],
]

const TOKENS = /"(?:[^"\\\n]|\\.){0,5000}"|[{}[\],:]|\n|[^\s{}[\],:"]{1,5000}/g

const DEPTHS: readonly number[] = [1, 2, 30, 97, 98, 99, 100, 101, 102, 1000, 4500, 20_000, 150_000]
const LENGTHS: readonly number[] = [0, 1, 100, 3000, 70_000, 1_100_000]

const TEXT_CHANGES: readonly TextChange[] = [
  // A token is another one.
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, () => JSON.stringify(random.pick(NAMES))),
  (random, text) => replaceToken(random, text, () => ''),
  (random, text) => replaceToken(random, text, (token) => `${token} ${token}`),
  // A value within others.
  (random, text) => replaceToken(random, text, (token) => nested(random, token, random.pick(DEPTHS))),
  (random, text) => replaceToken(random, text, (token) => nested(random, token, 1 + random.below(110))),
  // A long text.
  (random, text) => replaceToken(random, text, () => longText(random)),
  // A field more, or one that is there already.
  (random, text) =>
    replaceToken(random, text, (token) => (token === '{' ? `{${field(random)},` : `${token},${field(random)}`)),
  (random, text) => text.replace(/\{/, `{${field(random)},`),
  // A line more often, elsewhere, or not at all.
  (random, text) => changeLines(random, text, (lines, at) => lines.splice(at, 0, ...repeated(lines[at] ?? '', random))),
  (random, text) => changeLines(random, text, (lines, at) => lines.splice(at, 1)),
  (random, text) => changeLines(random, text, (lines, at) => lines.push(...lines.splice(0, at))),
  (random, text) =>
    changeLines(random, text, (lines, at) => lines.splice(at, 0, random.pick(['', ' ', '\t', '\r', '\0', '[]', '7']))),
  // Two tokens change places.
  (random, text) => swapTokens(random, text),
]

const YAML_LITERALS: readonly string[] = [
  ...[
    '~',
    'yes',
    'no',
    'off',
    'on',
    '.inf',
    '-.inf',
    '.nan',
    '0o17',
    '0x1F',
    '1_000',
    '2020-01-01',
    '2020-01-01T00:00:00Z',
  ],
  ...[
    '!!binary aGk=',
    '!!set {a, b}',
    '!!timestamp 2020-01-01',
    '!!omap [a: 1]',
    '!!python/object:os.system x',
    '!foo bar',
  ],
  ...[
    '!!str 1',
    '!!int "1"',
    '!!float 1',
    '!!null ""',
    '!!map {}',
    '!!seq []',
    '<<',
    '=',
    '?',
    '-',
    ':',
    '|',
    '>',
    '>-',
    '|2',
    '@a',
  ],
  ...[
    '`a',
    '%a',
    '"a',
    "'a",
    '[',
    '{',
    ']',
    '}',
    '*a',
    '&a',
    '&a 1',
    '&a [*a]',
    '*nobody',
    '# a',
    '---',
    '...',
    '1e-4',
    '"\\x1b"',
  ],
]

const YAML_CHANGES: readonly TextChange[] = [
  (random, text) => replaceToken(random, text, () => random.pick(YAML_LITERALS)),
  (random, text) => replaceToken(random, text, () => random.pick(YAML_LITERALS)),
  // Another indent, of one line or from one on.
  (random, text) =>
    changeLines(random, text, (lines, at) =>
      lines.splice(at, 1, `${' '.repeat(random.below(6))}${(lines[at] ?? '').trim()}`),
    ),
  (random, text) => changeLines(random, text, (lines, at) => lines.splice(at, 1, `\t${lines[at] ?? ''}`)),
  (random, text) => changeLines(random, text, (lines, at) => lines.splice(at, 1, `- ${lines[at] ?? ''}`)),
  (random, text) =>
    changeLines(random, text, (lines, at) =>
      lines.splice(
        at,
        0,
        random.pick([
          '---',
          '...',
          '# note',
          '%YAML 1.2',
          '? a',
          ': b',
          'a: &a {x: *a}',
          '<<: {lr: 1}',
          '<<: *a',
          'a: |',
          'a: >',
          '- - - a',
        ]),
      ),
    ),
  (random, text) => `${aliases(random)}${text}`,
  (random, text) => `${text}\n${aliases(random)}`,
  (random, text) => `${text}\n${block(random)}`,
  (random, text) => replaceToken(random, text, (token) => `&a${random.below(3)} ${token}`),
  (random, text) => replaceToken(random, text, () => `*a${random.below(3)}`),
]

function replaceToken(random: Random, text: string, by: (token: string) => string): string {
  const token = tokenAt(text, random.below(text.length + 1))
  if (token === null) return text + by('')
  return text.slice(0, token.start) + by(text.slice(token.start, token.end)) + text.slice(token.end)
}

/** The first token from a place on; a text of megabytes is not split for one of its tokens. */
function tokenAt(text: string, place: number): { readonly start: number; readonly end: number } | null {
  const from = Math.max(text.lastIndexOf('\n', place - 1), place - 5000, 0)
  TOKENS.lastIndex = from
  for (let found = TOKENS.exec(text); found !== null; found = TOKENS.exec(text)) {
    const end = found.index + found[0].length
    if (end > place) return { start: found.index, end }
  }
  return null
}

function swapTokens(random: Random, text: string): string {
  const one = tokenAt(text, random.below(text.length + 1))
  const other = tokenAt(text, random.below(text.length + 1))
  if (one === null || other === null) return text
  const [first, second] = one.start <= other.start ? [one, other] : [other, one]
  if (second.start < first.end) return text
  const between = text.slice(first.end, second.start)
  const swapped = text.slice(second.start, second.end) + between + text.slice(first.start, first.end)
  return text.slice(0, first.start) + swapped + text.slice(second.end)
}

function nested(random: Random, token: string, depth: number): string {
  const inner = /^[[\]{},:\n]?$/.test(token) ? '0' : token
  const key = JSON.stringify(random.pick(NAMES))
  if (random.oneIn(3)) return `${`{${key}:`.repeat(depth)}${inner}${'}'.repeat(depth)}`
  // Now and then unbalanced.
  return `${'['.repeat(depth)}${inner}${']'.repeat(random.oneIn(8) ? depth - 1 : depth)}`
}

function longText(random: Random): string {
  const piece = random.pick([
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
  ])
  const text = piece.repeat(Math.ceil(random.pick(LENGTHS) / piece.length))
  return random.oneIn(6) ? text : `"${text}"`
}

function field(random: Random): string {
  return `${JSON.stringify(random.pick(NAMES))}:${random.pick(LITERALS)}`
}

function repeated(line: string, random: Random): string[] {
  const times = random.pick([1, 2, 30, 1000])
  return Array.from({ length: Math.min(times, Math.floor(1_000_000 / (line.length + 1))) }, () => line)
}

function changeLines(random: Random, text: string, by: (lines: string[], at: number) => void): string {
  const lines = text.split('\n')
  by(lines, random.below(lines.length))
  return lines.join('\n')
}

/** Anchors that repeat each other: wide ones are a tree of billions, deep ones have no end for a stack. */
function aliases(random: Random): string {
  const levels = random.pick([2, 3, 9, 40])
  const width = random.pick([1, 2, 9])
  const depth = random.pick([1, 2, 60])
  const one = (i: number): string => {
    const inner = i === 0 ? 'x' : Array.from({ length: width }, () => `*b${i - 1}`).join(', ')
    return `b${i}: &b${i} ${'['.repeat(depth)}${inner}${']'.repeat(depth)}\n`
  }
  return Array.from({ length: levels }, (_, i) => one(i)).join('')
}

function block(random: Random): string {
  const depth = random.pick([3, 50, 99, 101, 300])
  const mark = random.pick(['a:', '-', '? a'])
  return Array.from({ length: depth }, (_, i) => `${' '.repeat(i)}${mark}\n`).join('')
}

function insertAt(random: Random, bytes: Buffer, piece: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

function removeRange(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const start = random.below(bytes.length + 1)
  const end = start + random.below(Math.min(bytes.length - start, 64) + 1)
  return Buffer.concat([bytes.subarray(0, start), other.subarray(end)])
}

/** The beginning of one and the end of another. */
function splice(random: Random, bytes: Buffer, other: Buffer): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}
