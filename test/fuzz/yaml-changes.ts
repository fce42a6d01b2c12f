import { type TextChange, words } from './json-changes.ts'
import type { Random } from './random.ts'
import { changeLines, replaceToken } from './tokens.ts'

const LITERALS: readonly string[] = [
  ...words('~ yes no off on .inf -.inf .nan 0o17 0x1F 1_000 2020-01-01 2020-01-01T00:00:00Z 1e-4 << = ? - : | > >- |2'),
  ...words('@a `a %a "a \'a [ { ] } *a &a *nobody --- ... "\\x1b"'),
  ...[
    '!!binary aGk=',
    '!!set {a, b}',
    '!!timestamp 2020-01-01',
    '!!omap [a: 1]',
    '!!python/object:os.system x',
    '!foo bar',
  ],
  ...['!!str 1', '!!int "1"', '!!float 1', '!!null ""', '!!map {}', '!!seq []', '&a 1', '&a [*a]', '# a'],
]

const LINES: readonly string[] = [
  ...[
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
  ],
]

/** Changes of text that consists of indents, anchors and marks. */
export const YAML_CHANGES: readonly TextChange[] = [
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, () => random.pick(LITERALS)),
  (random, text) => replaceToken(random, text, (token) => `&a${random.below(3)} ${token}`),
  (random, text) => replaceToken(random, text, () => `*a${random.below(3)}`),
  (random, text) => changeLine(random, text, (line) => `${' '.repeat(random.below(6))}${line.trim()}`),
  (random, text) => changeLine(random, text, (line) => `\t${line}`),
  (random, text) => changeLine(random, text, (line) => `- ${line}`),
  (random, text) => changeLine(random, text, (line) => `${random.pick(LINES)}\n${line}`),
  (random, text) => `${aliases(random)}${text}`,
  (random, text) => `${text}\n${aliases(random)}`,
  (random, text) => `${text}\n${block(random)}`,
]

function changeLine(random: Random, text: string, by: (line: string) => string): string {
  return changeLines(random, text, (lines, at) => void lines.splice(at, 1, by(lines[at] ?? '')))
}

/** Anchors that refer to each other: wide ones expand to billions of nodes, and deep ones overflow the stack. */
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
