import { isWord } from './calls.ts'
import { writeValue } from './python-text.ts'
import { writeString } from './string-literal.ts'
import type { Dialect, NameNode, Node, Program, Value } from './types.ts'

// The precedence of operators. A looser operator inside a tighter one needs parentheses.
const CHOICE = 0
const OR = 1
const AND = 2
const NOT = 3
const COMPARE = 4
const SUM = 5
const TERM = 6
const SIGN = 7
const POWER = 8
const ATOM = 9

/**
 * Formats an expression with single spaces and no needless parentheses. Parsing the text again results in the same
 * expression.
 */
export function format(program: Program): string {
  return write(program.root, CHOICE, program.dialect)
}

function write(node: Node, least: number, dialect: Dialect): string {
  const [binds, text] = written(node, dialect)
  return binds < least ? `(${text})` : text
}

function written(node: Node, dialect: Dialect): readonly [number, string] {
  const at = (child: Node, least: number): string => write(child, least, dialect)
  switch (node.kind) {
    case 'choice':
      return [CHOICE, `${at(node.then, OR)} if ${at(node.condition, OR)} else ${at(node.otherwise, CHOICE)}`]
    case 'or':
      return [OR, node.operands.map((operand) => at(operand, AND)).join(' or ')]
    case 'and':
      return [AND, node.operands.map((operand) => at(operand, NOT)).join(' and ')]
    case 'not':
      return [NOT, `not ${at(node.operand, NOT)}`]
    case 'compare':
      return [COMPARE, [at(node.first, SUM), ...node.rest.map((one) => `${one.op} ${at(one.operand, SUM)}`)].join(' ')]
    case 'sign':
      return [SIGN, `${node.op}${at(node.operand, SIGN)}`]
    case 'binary':
      return binary(node, dialect)
    default:
      return [ATOM, atom(node, dialect)]
  }
}

function binary(node: Extract<Node, { kind: 'binary' }>, dialect: Dialect): readonly [number, string] {
  if (node.op === '**') return [POWER, `${write(node.left, ATOM, dialect)} ** ${write(node.right, SIGN, dialect)}`]
  const binds = node.op === '+' || node.op === '-' ? SUM : TERM
  return [binds, `${write(node.left, binds, dialect)} ${node.op} ${write(node.right, binds + 1, dialect)}`]
}

type AtomNode = Exclude<Node, { kind: 'choice' | 'or' | 'and' | 'not' | 'compare' | 'sign' | 'binary' }>

function atom(node: AtomNode, dialect: Dialect): string {
  switch (node.kind) {
    case 'constant':
      return formatValue(node.value)
    case 'name':
      return formatName(node, dialect)
    case 'items': {
      const items = node.items.map((item) => write(item, CHOICE, dialect))
      if (node.type === 'list') return `[${items.join(', ')}]`
      return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`
    }
    case 'call':
      return `${node.name}(${node.args.map((arg) => write(arg, CHOICE, dialect)).join(', ')})`
    case 'point':
      return `${node.name}(${formatName(node.metric, dialect)})`
    case 'window':
      return `${node.name}(${formatName(node.metric, dialect)}, ${write(node.length, CHOICE, dialect)})`
    case 'control':
      return `ctl(${writeString(node.key)})`
    case 'clock':
      return node.name
  }
}

const BARE = /^[A-Za-z_][A-Za-z0-9_]*$/
const WORDS = new Set(['and', 'or', 'not', 'in', 'if', 'else'])

/**
 * Formats a name for an expression: in backquotes if it was written with them, or would have another meaning without them.
 */
export function formatName({ name, quoted }: Pick<NameNode, 'name' | 'quoted'>, dialect: Dialect): string {
  const isBare = BARE.test(name) && !WORDS.has(name) && !isWord(name, dialect)
  return quoted || !isBare ? `\`${name}\`` : name
}

/** Formats a value as an expression: floats always have a point or an exponent. */
export function formatValue(value: Value): string {
  return writeValue(value, writeString)
}
