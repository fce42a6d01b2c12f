import { type Node, parse } from 'acorn'

/** What a CommonJS function body asks of the module system. */
export interface ModuleUse {
  /** Literal specifiers of `require`, in order, each once. */
  readonly requires: readonly string[]
  /** Line of the first `await` outside of any function; null without one. */
  readonly awaits: number | null
  /** The first dynamic import of a relative path. */
  readonly dynamic: { readonly specifier: string; readonly line: number } | null
}

/** True for what is found next to the file, not among packages. */
export function isRelative(specifier: string): boolean {
  return specifier === '.' || specifier === '..' || /^\.\.?\//.test(specifier) || specifier.startsWith('file:')
}

/**
 * Reads it from the syntax tree, so that text and comments that look like imports are none.
 *
 * @throws SyntaxError when the code is none.
 */
export function readModuleUse(code: string): ModuleUse {
  const requires = new Set<string>()
  let awaits: number | null = null
  let dynamic: ModuleUse['dynamic'] = null

  function visitCall(node: Tree, line: number): void {
    const specifier = literalArgument(node)
    if (specifier === null) return
    if (node.callee?.name === 'require') requires.add(specifier)
    if (node.callee?.name === 'jitiImport' && isRelative(specifier)) dynamic ??= { specifier, line }
  }

  function visit(node: Tree, inFunction: boolean): void {
    const line = node.loc?.start.line ?? 0
    if (!inFunction && isAwait(node)) awaits ??= line
    if (node.type === 'CallExpression') visitCall(node, line)
    const inside = inFunction || FUNCTIONS.has(node.type)
    for (const child of childrenOf(node)) visit(child, inside)
  }

  visit(parse(code, OPTIONS), false)
  return { requires: [...requires], awaits, dynamic }
}

const OPTIONS = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  locations: true,
  allowAwaitOutsideFunction: true,
  allowReturnOutsideFunction: true,
  allowHashBang: true,
} as const

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** The few fields that are read of acorn's many kinds of node. */
interface Tree extends Node {
  readonly await?: boolean
  readonly callee?: { readonly name?: string }
  readonly arguments?: readonly { readonly type: string; readonly value?: unknown }[]
}

function isAwait(node: Tree): boolean {
  return node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await === true)
}

function literalArgument(node: Tree): string | null {
  const [first] = node.arguments ?? []
  return first?.type === 'Literal' && typeof first.value === 'string' ? first.value : null
}

function* childrenOf(node: Tree): Generator<Tree> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode)
    else if (isNode(value)) yield value
  }
}

function isNode(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
