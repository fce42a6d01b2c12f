import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { lastName, someIn, type Tree, textOf, walk } from './syntax-tree.ts'

/** What the names of a file stand for, as far as its text tells. */
export interface LocalNames {
  /** The name under which something was imported or first known: `load` for `const { createRequire: load } = ...`. */
  original(node: Tree | undefined): string | null
  /** The module that something was imported from; null where that is not known. */
  module(node: Tree | undefined): string | null
  /**
   * Whether an expression holds the place of this file: its URL, path or folder, or something made of them.
   *
   * @param around Nodes around it: a parameter of a function that has the name of something else is not that.
   */
  isHere(node: Tree | undefined, around?: readonly Tree[]): boolean
  /** What `createRequire` gave, by what it was given: this file's own place, or another. Null for anything else. */
  requirer(node: Tree | undefined): 'here' | 'elsewhere' | null
}

/**
 * Reads assignments: `const x = y`, `const { a: x } = y`, `x = y`, `this.x = y` and fields of classes. Two variables of
 * one name are taken for one, since a file that is refused wrongly says so, and one that is taken wrongly does not.
 *
 * @param filename Where the file is said to be; the compiler has put it in the place of `import.meta.url` and its like.
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

  // The name of a file, without its folder, is no longer a place; nor is what a place was required with.
  function isClosed(node: Tree): boolean {
    return node.type === 'CallExpression' && NO_PLACES.has(original(node.callee) ?? '')
  }

  const isHere = (node: Tree | undefined, around: readonly Tree[] = []): boolean =>
    node !== undefined && someIn(node, (inner) => isPlace(inner, around), isClosed)

  function requirer(node: Tree | undefined): 'here' | 'elsewhere' | null {
    if (node === undefined) return null
    if (node.type === 'Identifier' && original(node) === 'require') return 'here'
    if (node.type === 'CallExpression' && original(node.callee) === 'createRequire') {
      return isHere(node.arguments?.[0]) ? 'here' : 'elsewhere'
    }
    return requirers.get(lastName(node) ?? '') ?? null
  }

  function module(node: Tree | undefined): string | null {
    if (node === undefined) return null
    if (node.type === 'Identifier') return modules.get(node.name ?? '') ?? null
    // Of `fs.promises`, `(0, fs.readFile)` and `_interopRequireDefault(require('fs'))` what is within.
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
    const made = value.type === 'Identifier' || value.type === 'CallExpression' ? requirer(value) : null
    if (made !== null) requirers.set(name, made)
  }

  // Twice: what is said of a name may come after its use.
  for (let pass = 0; pass < 2; pass++) walk(tree, (node) => readAssignment(node, assign))
  return { original, isHere, requirer, module }
}

/** Whether a function around a place has a parameter of this name. */
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
const NO_PLACES = new Set(['basename', 'extname', 'createRequire'])
const MOST_HOPS = 10

type Assign = (name: string | null, value: Tree, source?: Tree) => void

function readAssignment(node: Tree, assign: Assign): void {
  const { type, id, init, left, right, key, value } = node
  if (type === 'VariableDeclarator' && id && init) assignPattern(id, init, assign)
  if (type === 'AssignmentExpression' && left && right) assignPattern(left, right, assign)
  if (type === 'PropertyDefinition' && isTree(value)) assign(lastName(key), value)
  // A function that gives something made of its file's place.
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
