import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { lastName, someIn, type Tree, textOf, walk } from './syntax-tree.ts'

/** What the names in a file refer to, as far as this can be derived from the text. */
export interface LocalNames {
  /** Returns the original name of an alias: `createRequire` for `load` after `const { createRequire: load } = ...`. */
  original(node: Tree | undefined): string | null
  /** Returns the module from which a value was imported; null if unknown. */
  module(node: Tree | undefined): string | null
  /**
   * Whether an expression contains the location of this file: its URL, path or folder, or something derived from them.
   *
   * @param around The enclosing nodes. A function parameter hides an outer variable of the same name.
   */
  isHere(node: Tree | undefined, around?: readonly Tree[]): boolean
  /**
   * For a function returned by `createRequire`: whether it was created for this file's folder or a different one. Null for anything else.
   */
  requirer(node: Tree | undefined): 'here' | 'elsewhere' | null
}

/**
 * Reads assignments: `const x = y`, `const { a: x } = y`, `x = y`, `this.x = y` and class fields. Two variables with the same name count
 * as one, because a false rejection is noticed, but a false acceptance is not.
 *
 * @param filename The path of the file. The compiler has already replaced `import.meta.url` and the like with it.
 */
export function readLocalNames(tree: Tree, filename: string): LocalNames {
  const texts = new Set([filename, dirname(filename), pathToFileURL(filename).href])
  const aliases = new Map<string, string>()
  const requirers = new Map<string, 'here' | 'elsewhere'>()
  const modules = new Map<string, string>()
  const here = new Set(['__filename', '__dirname'])

  function original(node: Tree | undefined): string | null {
    let name = lastName(node)
    for (let hops = 0; name !== null && hops < MOST_HOPS; hops++) {
      const next = aliases.get(name)
      if (next === undefined || next === name) return name
      name = next
    }
    return name
  }

  function isPlace(node: Tree, around: readonly Tree[]): boolean {
    if (node.type === 'Literal') return typeof node.value === 'string' && texts.has(node.value)
    if (node.type === 'Identifier') return here.has(node.name ?? '') && !isParameter(node.name, around)
    return node.type === 'MemberExpression' && node.object?.type === 'ThisExpression' && here.has(lastName(node) ?? '')
  }

  // Neither a file name without its folder nor a `require` that was created from one is a location.
  function isClosed(node: Tree): boolean {
    return node.type === 'CallExpression' && NO_PLACES.has(original(node.callee) ?? '')
  }

  const isHere = (node: Tree | undefined, around: readonly Tree[] = []): boolean =>
    node !== undefined && someIn(node, (inner) => isPlace(inner, around), isClosed)

  function requirer(node: Tree | undefined): 'here' | 'elsewhere' | null {
    if (node === undefined) return null
    if (node.type === 'CallExpression') return made(node)
    if (node.type === 'Identifier' && original(node) === 'require') return 'here'
    const name = lastName(node) ?? ''
    const owner = name === 'require' && node.object !== undefined ? (lastName(node.object) ?? '') : ''
    return OWNERS.get(owner) ?? requirers.get(name) ?? null
  }

  function made({ callee, arguments: given }: Tree): 'here' | 'elsewhere' | null {
    if (original(callee) !== 'createRequire') return null
    return isHere(given?.[0]) ? 'here' : 'elsewhere'
  }

  function module(node: Tree | undefined): string | null {
    if (node === undefined) return null
    if (node.type === 'Identifier') return modules.get(node.name ?? '') ?? null
    // Handles `fs.promises`, `(0, fs.readFile)` and `_interopRequireDefault(require('fs'))`.
    const inner = node.object ?? node.expressions?.at(-1)
    if (inner !== undefined) return module(inner)
    if (node.type === 'AwaitExpression') return importedIn(node)
    if (!GIVES_MODULES.test(lastName(node.callee) ?? '')) return null
    return textOf(node.arguments?.[0]) ?? module(node.arguments?.[0])
  }

  function assign(name: string | null, value: Tree, source: Tree = value): void {
    if (name === null) return
    const of = module(source)
    if (of !== null) modules.set(name, of)
    const from = lastName(value)
    if (from !== null) aliases.set(name, from)
    if (isHere(value)) here.add(name)
    const kind = value.type === 'Identifier' || value.type === 'CallExpression' ? requirer(value) : null
    if (kind !== null) requirers.set(name, kind)
  }

  // Runs twice, because a name may be used above its assignment.
  for (let pass = 0; pass < 2; pass++) walk(tree, (node) => readAssignment(node, assign))
  return { original, isHere, requirer, module }
}

/** Whether one of the enclosing functions has a parameter with this name. */
export function isParameter(name: string | undefined, around: readonly Tree[]): boolean {
  return around.some(({ params }) => params?.some((param) => param.name === name) === true)
}

/** The module of the `import()` in an expression. */
function importedIn(node: Tree): string | null {
  let found: string | null = null
  walk(node, (inner) => {
    if (lastName(inner.callee) === 'jitiImport') found ??= textOf(inner.arguments?.[0])
  })
  return found
}

const GIVES_MODULES = /^_?require$|^_interopRequire|^getBuiltinModule$/
/** Objects that have a `require` method: the file's own module, and the program's main module. */
const OWNERS = new Map<string, 'here' | 'elsewhere'>([
  ['module', 'here'],
  ['mainModule', 'elsewhere'],
  ['main', 'elsewhere'],
])
const NO_PLACES = new Set(['basename', 'extname', 'createRequire'])
const MOST_HOPS = 10

type Assign = (name: string | null, value: Tree, source?: Tree) => void

function readAssignment(node: Tree, assign: Assign): void {
  const { type, id, init, left, right, key, value } = node
  if (type === 'VariableDeclarator' && id && init) assignPattern(id, init, assign)
  if (type === 'AssignmentExpression' && left && right) assignPattern(left, right, assign)
  if (type === 'PropertyDefinition' && isTree(value)) assign(lastName(key), value)
  // A function may return something derived from the location of its file.
  if (type === 'FunctionDeclaration' && id) assign(id.name ?? null, node)
}

function assignPattern(target: Tree, value: Tree, assign: Assign): void {
  if (target.type !== 'ObjectPattern') {
    assign(lastName(target), value)
    return
  }
  for (const { key, value: inner } of target.properties ?? []) {
    const bound = isTree(inner) && inner.type === 'AssignmentPattern' ? inner.left : inner
    if (isTree(bound) && key !== undefined) assign(lastName(bound), key.type === 'Literal' ? named(key) : key, value)
  }
}

function named(key: Tree): Tree {
  return { ...key, type: 'Identifier', name: textOf(key) ?? '' }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && 'type' in value
}
