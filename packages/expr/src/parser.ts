import { readName, readNamedCall } from './calls.ts'
import { Cursor } from './cursor.ts'
import { END } from './lexer.ts'
import { contained, stop } from './problem.ts'
import { programOf } from './program.ts'
import {
  type BinaryOperator,
  type CompareOperator,
  type Comparison,
  type Dialect,
  type ExprResult,
  MAX_LIST_LENGTH,
  type Node,
  type Program,
} from './types.ts'

/**
 * Parses an expression.
 *
 * @returns a program, or the first problem with its place. Never throws. Runs in time linear in the length of the text.
 */
export function parse(text: string, { dialect }: { readonly dialect: Dialect }): ExprResult<Program> {
  return contained(() => programOf(text, dialect, whole(new Cursor(text, dialect))))
}

function whole(cursor: Cursor): Node {
  if (cursor.isSign(END)) stop('syntax', 'the expression is empty', cursor.peek())
  const root = expression(cursor)
  if (!cursor.isSign(END)) cursor.unexpected('the expression should end here')
  return root
}

// Each function below parses one rule of the grammar, in order of precedence, from the loosest operator to the
// tightest.

function expression(cursor: Cursor): Node {
  const then = either(cursor)
  if (!cursor.accept('if')) return then
  const condition = either(cursor)
  cursor.expect('else')
  const otherwise = cursor.nested(expression)
  return cursor.made({ kind: 'choice', condition, then, otherwise, start: then.start, end: otherwise.end })
}

function either(cursor: Cursor): Node {
  return joined(cursor, 'or', both)
}

function both(cursor: Cursor): Node {
  return joined(cursor, 'and', negation)
}

function joined(cursor: Cursor, kind: 'and' | 'or', operand: (cursor: Cursor) => Node): Node {
  const first = operand(cursor)
  const operands = [first]
  while (cursor.accept(kind)) operands.push(operand(cursor))
  if (operands.length === 1) return first
  return cursor.made({ kind, operands, start: first.start, end: (operands.at(-1) ?? first).end })
}

function negation(cursor: Cursor): Node {
  const { start } = cursor.peek()
  if (!cursor.accept('not')) return comparison(cursor)
  const operand = cursor.nested(negation)
  return cursor.made({ kind: 'not', operand, start, end: operand.end })
}

function comparison(cursor: Cursor): Node {
  const first = sum(cursor)
  const rest: Comparison[] = []
  for (let op = compareOperator(cursor); op !== undefined; op = compareOperator(cursor)) {
    rest.push({ op, operand: sum(cursor) })
  }
  const last = rest.at(-1)
  if (last === undefined) return first
  return cursor.made({ kind: 'compare', first, rest, start: first.start, end: last.operand.end })
}

const COMPARE = ['==', '!=', '<', '<=', '>', '>=', 'in'] as const

function compareOperator(cursor: Cursor): CompareOperator | undefined {
  if (cursor.isSign('not') && cursor.isSign('in', 1)) {
    cursor.take()
    cursor.take()
    return 'not in'
  }
  const op = cursor.signAmong(COMPARE)
  if (op !== undefined) cursor.take()
  return op
}

function sum(cursor: Cursor): Node {
  return leftToRight(cursor, ['+', '-'], term)
}

function term(cursor: Cursor): Node {
  return leftToRight(cursor, ['*', '/', '//', '%'], unary)
}

function leftToRight(cursor: Cursor, ops: readonly BinaryOperator[], operand: (cursor: Cursor) => Node): Node {
  let left = operand(cursor)
  for (let op = cursor.signAmong(ops); op !== undefined; op = cursor.signAmong(ops)) {
    cursor.take()
    const right = operand(cursor)
    left = cursor.made({ kind: 'binary', op, left, right, start: left.start, end: right.end })
  }
  return left
}

function unary(cursor: Cursor): Node {
  const op = cursor.signAmong(['+', '-'])
  if (op === undefined) return power(cursor)
  const { start } = cursor.take()
  const operand = cursor.nested(unary)
  return cursor.made({ kind: 'sign', op, operand, start, end: operand.end })
}

function power(cursor: Cursor): Node {
  const left = atom(cursor)
  if (!cursor.accept('**')) return left
  const right = cursor.nested(unary)
  return cursor.made({ kind: 'binary', op: '**', left, right, start: left.start, end: right.end })
}

function atom(cursor: Cursor): Node {
  const token = cursor.peek()
  const { start, end } = token
  if (token.kind === 'int' || token.kind === 'float') {
    cursor.take()
    return cursor.made({ kind: 'constant', value: { type: token.kind, value: token.value }, start, end })
  }
  if (token.kind === 'string') {
    cursor.take()
    return cursor.made({ kind: 'constant', value: { type: 'str', value: token.text }, start, end })
  }
  if (token.kind === 'name') return cursor.made(nameOrCall(cursor))
  if (cursor.isSign('(')) return cursor.nested(parenthesis)
  if (cursor.isSign('[')) return cursor.nested(list)
  return cursor.unexpected('a number, a name, a string or `(` is expected')
}

function nameOrCall(cursor: Cursor): Node {
  const called = readNamedCall(cursor)
  if (called === undefined) return readName(cursor)
  const opened = cursor.take()
  const args = cursor.nested(() => separated(cursor, ')'))
  const { end } = cursor.expect(')', opened)
  return called.call(args, end)
}

function separated(cursor: Cursor, closing: string): Node[] {
  const items: Node[] = []
  while (!cursor.isSign(closing)) {
    items.push(expression(cursor))
    if (!cursor.accept(',')) break
  }
  return items
}

function parenthesis(cursor: Cursor): Node {
  const opened = cursor.take()
  const items = separated(cursor, ')')
  const isTuple = items.length !== 1 || cursor.isSign(',', -1)
  const { end } = cursor.expect(')', opened)
  const [only] = items
  return isTuple || only === undefined ? sequence(cursor, 'tuple', items, opened.start, end) : only
}

function list(cursor: Cursor): Node {
  const opened = cursor.take()
  const items = separated(cursor, ']')
  return sequence(cursor, 'list', items, opened.start, cursor.expect(']', opened).end)
}

function sequence(cursor: Cursor, type: 'tuple' | 'list', items: readonly Node[], start: number, end: number): Node {
  if (items.length > MAX_LIST_LENGTH) stop('cost', `a ${type} of more than ${MAX_LIST_LENGTH} items`, { start, end })
  return cursor.made({ kind: 'items', type, items, start, end })
}
