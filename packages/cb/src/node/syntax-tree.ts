import { type Node, parse } from 'acorn'

/** The few fields that are used from acorn's many node types. */
export interface Tree extends Node {
  readonly await?: boolean
  readonly name?: string
  readonly value?: unknown
  readonly operator?: string
  readonly computed?: boolean
  readonly callee?: Tree
  readonly meta?: Tree
  readonly object?: Tree
  readonly property?: Tree
  readonly key?: Tree
  readonly id?: Tree | null
  readonly init?: Tree | null
  readonly left?: Tree
  readonly right?: Tree
  readonly params?: readonly Tree[]
  readonly arguments?: readonly Tree[]
  readonly expressions?: readonly Tree[]
  readonly quasis?: readonly { readonly value: { readonly cooked?: string | null } }[]
  readonly properties?: readonly Tree[]
}

/** A position in a text: lines start from 1, columns from 0. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** @throws SyntaxError when the text is not the body of a CommonJS function. */
export function parseBody(code: string): Tree {
  return parse(code, OPTIONS)
}

const OPTIONS = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  locations: true,
  allowAwaitOutsideFunction: true,
  allowReturnOutsideFunction: true,
  allowHashBang: true,
  // Allows `import.meta`, so that it can be refused with its position.
  allowImportExportEverywhere: true,
} as const

/** Visits every node before its children, with its ancestors, the nearest last. */
export function walk(tree: Tree, visit: (node: Tree, around: readonly Tree[]) => void): void {
  const around: Tree[] = []
  const enter = (node: Tree): void => {
    visit(node, around)
    around.push(node)
    for (const child of childrenOf(node)) enter(child)
    around.pop()
  }
  enter(tree)
}

/** Whether `is` holds for a node or one of its descendants. Nodes for which `isClosed` holds are not entered. */
export function someIn(node: Tree, is: (node: Tree) => boolean, isClosed: (node: Tree) => boolean): boolean {
  if (isClosed(node)) return false
  if (is(node)) return true
  for (const child of childrenOf(node)) if (someIn(child, is, isClosed)) return true
  return false
}

/** Returns the constant string value of an expression: a literal, a template without placeholders, or a concatenation of these. */
export function textOf(node: Tree | undefined): string | null {
  if (node === undefined) return null
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null
  if (node.type === 'TemplateLiteral') return node.quasis?.length === 1 ? (node.quasis[0]?.value.cooked ?? null) : null
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return null
  const [left, right] = [textOf(node.left), textOf(node.right)]
  return left === null || right === null ? null : left + right
}

/** Returns the last name in an expression such as `x`, `fs.x`, `(0, fs.x)` or `fs['x']`; null for others. */
export function lastName(node: Tree | undefined): string | null {
  if (node === undefined) return null
  if (node.type === 'Identifier') return node.name ?? null
  if (node.type === 'ChainExpression') return lastName(childrenOf(node).next().value)
  if (node.type === 'SequenceExpression') return lastName(node.expressions?.at(-1))
  if (node.type !== 'MemberExpression') return null
  return node.computed === true ? textOf(node.property) : (node.property?.name ?? null)
}

/** Returns the position of a node. */
export function placeOf(node: Tree): Place {
  return node.loc?.start ?? { line: 0, column: 0 }
}

function* childrenOf(node: Tree): Generator<Tree, undefined> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode)
    else if (isNode(value)) yield value
  }
}

function isNode(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
