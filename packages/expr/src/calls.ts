import type { Cursor } from './cursor.ts'
import { quote, stop } from './problem.ts'
import type { Dialect, NameNode, Node, PlainFunction, PointFunction, TextSpan, WindowFunction } from './types.ts'

const PLAIN: Readonly<Record<Dialect, readonly PlainFunction[]>> = {
  sweep: ['max', 'min'],
  rule: ['abs', 'exp', 'log', 'max', 'min', 'sqrt'],
}
const POINT: readonly PointFunction[] = ['age', 'count', 'first', 'last']
const WINDOW: readonly WindowFunction[] = ['delta', 'least', 'mean', 'median', 'most', 'slope', 'std']
// The same functions under their Python names.
const DOTTED = ['math.exp', 'math.log', 'math.sqrt']

/** Returns the names of all functions of a dialect. */
export function functionNames(dialect: Dialect): readonly string[] {
  const ofMetrics = dialect === 'rule' ? [...POINT, ...WINDOW, 'ctl'] : []
  return [...PLAIN[dialect], ...ofMetrics].sort()
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
])

/**
 * Whether a bare word has a meaning in the language. If it has, a name with the same spelling must be written in backquotes.
 */
export function isWord(word: string, dialect: Dialect): boolean {
  return CONSTANTS.has(word) || (dialect === 'rule' && (word === 'step' || word === 'frac'))
}

/** Reads a name, or a word such as `True` or `step`. @throws Stopped */
export function readName(cursor: Cursor): Node {
  const token = cursor.take()
  if (token.kind !== 'name') return cursor.unexpected('a name is expected')
  const { text, quoted, start, end } = token
  const constant = quoted ? undefined : CONSTANTS.get(text)
  if (constant !== undefined) {
    const value = constant === null ? ({ type: 'none' } as const) : ({ type: 'bool', value: constant } as const)
    return { kind: 'constant', value, start, end }
  }
  if (!quoted && cursor.dialect === 'rule' && (text === 'step' || text === 'frac')) {
    return { kind: 'clock', name: text, start, end }
  }
  return { kind: 'name', name: text, quoted, start, end }
}

/** A call whose name has been read. Its arguments come next. */
export interface NamedCall {
  call(args: readonly Node[], end: number): Node
}

/** Reads the name of a call; undefined if the next name is not that of a call. @throws Stopped */
export function readNamedCall(cursor: Cursor): NamedCall | undefined {
  const token = cursor.peek()
  if (token.kind !== 'name' || token.quoted) return undefined
  if (cursor.isSign('(', 1)) {
    cursor.take()
    return named(token.text, cursor.dialect, token)
  }
  if (!cursor.isSign('.', 1)) return undefined
  const member = cursor.peek(2)
  const span = { start: token.start, end: member.end }
  const written = cursor.text.slice(span.start, span.end)
  if (member.kind !== 'name' || cursor.dialect !== 'rule' || !DOTTED.includes(written) || !cursor.isSign('(', 3)) {
    stop('syntax', `${quote(written)} has a dot: write a name with dots in backquotes`, span)
  }
  for (let i = 0; i < 3; i++) cursor.take()
  return named(member.text, cursor.dialect, span)
}

function named(name: string, dialect: Dialect, { start, end: nameEnd }: TextSpan): NamedCall {
  const known = functionNames(dialect)
  if (!known.includes(name)) {
    stop('name', `no function ${quote(name)}: choose from ${known.join(', ')}`, { start, end: nameEnd })
  }
  return { call: (args, end) => callNode(name, args, { start, end }) }
}

function callNode(name: string, args: readonly Node[], span: TextSpan): Node {
  const plain = PLAIN.rule.find((one) => one === name)
  if (plain !== undefined) return plainCall(plain, args, span)
  const point = POINT.find((one) => one === name)
  if (point !== undefined) return { kind: 'point', name: point, metric: metricOf(name, args, 1, span), ...span }
  const window = WINDOW.find((one) => one === name)
  const [, length] = args
  if (window !== undefined) {
    const metric = metricOf(name, args, 2, span)
    return { kind: 'window', name: window, metric, length: length ?? metric, ...span }
  }
  return { kind: 'control', key: controlKey(args, span), ...span }
}

function plainCall(name: PlainFunction, args: readonly Node[], span: TextSpan): Node {
  const isMany = name === 'min' || name === 'max'
  if (isMany ? args.length === 0 : args.length !== 1) {
    stop('type', `\`${name}\` takes ${isMany ? 'values, or one list' : 'one value'}: ${given(args)}`, span)
  }
  return { kind: 'call', name, args, ...span }
}

function metricOf(name: string, args: readonly Node[], wanted: number, span: TextSpan): NameNode {
  const [metric] = args
  if (args.length !== wanted || metric?.kind !== 'name') {
    const form = wanted === 1 ? `${name}(metric)` : `${name}(metric, k)`
    stop(
      'type',
      `\`${name}\` takes ${wanted === 1 ? 'a metric' : 'a metric and a number of values'}: \`${form}\``,
      span,
    )
  }
  return metric
}

function controlKey(args: readonly Node[], span: TextSpan): string {
  const [key] = args
  if (args.length === 1 && key?.kind === 'name') return key.name
  if (args.length === 1 && key?.kind === 'constant' && key.value.type === 'str') return key.value.value
  return stop('type', '`ctl` takes the key of a control: `ctl(lr)`', span)
}

function given(args: readonly Node[]): string {
  return args.length === 0 ? 'none is given' : `${args.length} are given`
}
