import { compares, order } from './compare.ts'
import { floatOf } from './numbers.ts'
import {
  arithmetic,
  charge,
  createMeter,
  isItems,
  itemsOf,
  type Meter,
  nameOf,
  numberOf,
  signed,
  truth,
} from './operators.ts'
import { contained, quote, stop } from './problem.ts'
import { pointOf, windowOf } from './series.ts'
import type { ExprResult, NameNode, Node, PlainFunction, Program, Scope, TextSpan, Unknown, Value } from './types.ts'

type Given = Value | Unknown
type Of<Kind extends Node['kind']> = Extract<Node, { readonly kind: Kind }>

/** One evaluation: the source of its values, and how many values it may still read. */
interface Run {
  readonly scope: Scope
  readonly meter: Meter
}

/**
 * Returns the value of an expression.
 *
 * In a rule, a metric or control without a value makes the result unknown, unless the result does not depend on it:
 * `False and ?` is False. In a sweep, a name without a value is a problem with code `name`.
 *
 * @returns the value, unknown, or a problem with its place. Never throws, whatever the text and the values are. This
 *   package's limits bound the cost.
 */
export function evaluate(program: Program, scope: Scope): ExprResult<Value | Unknown> {
  const run = { scope, meter: createMeter(program.dialect) }
  return contained(() => give(program.root, run))
}

function give(node: Node, run: Run): Given {
  switch (node.kind) {
    case 'constant':
      return node.value
    case 'name':
      return named(node, run)
    case 'items':
      return sequence(node, run)
    case 'sign': {
      const operand = give(node.operand, run)
      return operand.type === 'unknown' ? operand : signed(node.op, operand, run.meter, node)
    }
    case 'not': {
      const operand = give(node.operand, run)
      if (operand.type === 'unknown') return operand
      return bool(!truth(operand, run.meter.dialect, '`not`', node.operand))
    }
    case 'binary':
      return binary(node, run)
    case 'compare':
      return chain(node, run)
    case 'and':
    case 'or':
      return run.meter.dialect === 'sweep' ? operandOf(node, run) : strictJunction(node, run)
    case 'choice':
      return choice(node, run)
    case 'call':
      return call(node, run)
    default:
      return ofRun(node, run)
  }
}

const TRUE: Value = { type: 'bool', value: true }
const FALSE: Value = { type: 'bool', value: false }

function bool(value: boolean): Value {
  return value ? TRUE : FALSE
}

function binary(node: Of<'binary'>, run: Run): Given {
  const left = give(node.left, run)
  const right = give(node.right, run)
  if (left.type === 'unknown') return left
  return right.type === 'unknown' ? right : arithmetic(node.op, left, right, run.meter, node)
}

// Evaluates each term once, and no terms after a false comparison.
function chain(node: Of<'compare'>, run: Run): Given {
  let left = give(node.first, run)
  let unknown: Unknown | undefined
  for (const { op, operand } of node.rest) {
    const right = give(operand, run)
    if (left.type === 'unknown') unknown ??= left
    else if (right.type === 'unknown') unknown ??= right
    else if (!compares(op, left, right, run.meter, node)) return FALSE
    left = right
  }
  return unknown ?? TRUE
}

// As in Python, the result is the operand that determines it.
function operandOf(node: Of<'and' | 'or'>, run: Run): Given {
  let value: Given = FALSE
  for (const operand of node.operands) {
    value = give(operand, run)
    if (value.type === 'unknown') return value
    if (truth(value, run.meter.dialect, '', operand) === (node.kind === 'or')) return value
  }
  return value
}

// This combines bools. The result is unknown only if no other operand decides it.
function strictJunction(node: Of<'and' | 'or'>, run: Run): Given {
  let unknown: Unknown | undefined
  for (const operand of node.operands) {
    const value = give(operand, run)
    if (value.type === 'unknown') unknown ??= value
    else if (truth(value, run.meter.dialect, `\`${node.kind}\``, operand) === (node.kind === 'or')) return value
  }
  return unknown ?? bool(node.kind === 'and')
}

function choice(node: Of<'choice'>, run: Run): Given {
  const condition = give(node.condition, run)
  if (condition.type === 'unknown') return condition
  return give(truth(condition, run.meter.dialect, '`if`', node.condition) ? node.then : node.otherwise, run)
}

function sequence(node: Of<'items'>, run: Run): Given {
  const items: Value[] = []
  for (const item of node.items) {
    const value = give(item, run)
    if (value.type === 'unknown') return value
    items.push(value)
  }
  return itemsOf(node.type, items, run.meter, node)
}

function named(node: NameNode, run: Run): Given {
  const name = realName(node, run.scope)
  return known(run.scope.value(name), name, run.meter, node)
}

function realName({ name, quoted }: NameNode, scope: Scope): string {
  return scope.names?.find(name, quoted)?.real ?? name
}

function known(
  value: Value | number | string | boolean | undefined,
  name: string,
  meter: Meter,
  span: TextSpan,
): Given {
  if (typeof value === 'number') return floatOr(value, name, meter, span)
  if (typeof value === 'string') return { type: 'str', value }
  if (typeof value === 'boolean') return bool(value)
  if (value?.type === 'float') return floatOr(value.value, name, meter, span)
  if (value !== undefined) return value
  if (meter.dialect === 'sweep') stop('name', `no name ${quote(name)}`, span)
  return { type: 'unknown', name }
}

function floatOr(value: number, name: string, meter: Meter, span: TextSpan): Given {
  if (Number.isFinite(value)) return { type: 'float', value }
  if (meter.dialect === 'sweep') stop('range', `${quote(name)} is ${value}: values are finite`, span)
  return { type: 'unknown', name }
}

/** Evaluates the nodes that only rules have: the past of a metric, a control, the progress of the training run. */
function ofRun(node: Of<'point' | 'window' | 'control' | 'clock'>, run: Run): Given {
  const { scope, meter } = run
  if (node.kind === 'control') return known(scope.control?.(node.key), node.key, meter, node)
  if (node.kind === 'clock') {
    if (node.name === 'frac' || scope.step === undefined) return known(scope[node.name], node.name, meter, node)
    return { type: 'int', value: scope.step }
  }
  const metric = realName(node.metric, scope)
  if (node.kind === 'point') return pointOf(node.name, scope.series?.(metric), metric)
  const length = give(node.length, run)
  if (length.type === 'unknown') return length
  return windowOf(node.name, scope.series?.(metric), length, meter, { metric, span: node })
}

function call(node: Of<'call'>, run: Run): Given {
  const values: Value[] = []
  for (const arg of node.args) {
    const value = give(arg, run)
    if (value.type === 'unknown') return value
    values.push(value)
  }
  const [first] = values
  if (node.name === 'min' || node.name === 'max') return extreme(node.name, candidates(values, node), run.meter, node)
  if (first === undefined) return stop('type', `\`${node.name}\` takes one value`, node)
  return ofNumber(node.name, first, run.meter, node)
}

// A single argument is a list of candidates, or a string whose characters are the candidates.
function candidates(values: readonly Value[], node: Of<'call'>): readonly Value[] {
  const [first] = values
  if (values.length !== 1 || first === undefined) return values
  if (isItems(first)) return first.items
  if (first.type === 'str') return Array.from(first.value, (value) => ({ type: 'str', value }))
  return stop('type', `\`${node.name}\` of one value takes a list: this is ${nameOf(first)}`, node)
}

function extreme(name: 'min' | 'max', values: readonly Value[], meter: Meter, span: TextSpan): Value {
  charge(meter, values.length, span)
  let [best] = values
  if (best === undefined) stop('range', `\`${name}\` of nothing`, span)
  for (const value of values.slice(1)) {
    const sign = order(name, value, best, meter, span)
    if (name === 'min' ? sign < 0 : sign > 0) best = value
  }
  return best
}

function ofNumber(name: Exclude<PlainFunction, 'min' | 'max'>, value: Value, meter: Meter, span: TextSpan): Value {
  const number = numberOf(value, meter.dialect)
  if (number === undefined) stop('type', `\`${name}\` does not take ${nameOf(value)}`, span)
  if (name === 'abs') return { type: value.type === 'float' ? 'float' : 'int', value: Math.abs(number) }
  if (name === 'exp') return floatOf(Math.exp(number), span)
  if (name === 'sqrt' ? number < 0 : number <= 0) {
    stop(
      'range',
      `\`${name}\` takes a ${name === 'sqrt' ? 'number that is not negative' : 'positive number'}: this is ${number}`,
      span,
    )
  }
  return { type: 'float', value: Math[name](number) }
}
