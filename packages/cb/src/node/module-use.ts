import { isAbsolute } from 'node:path'
import { isParameter, type LocalNames, readLocalNames } from './local-names.ts'
import { lastName, type Place, parseBody, placeOf, type Tree, textOf, walk } from './syntax-tree.ts'
import { besideReason } from './uncaptured.ts'

/** How a file's code uses the module system. */
export interface ModuleUse {
  /** The literal names that are required, in order, each once. */
  readonly requires: readonly { readonly specifier: string; readonly at: Place }[]
  /** The first reason to reject the file: code or data that could not be captured for a replay. */
  readonly refusal: { readonly reason: string; readonly at: Place } | null
}

/** True for a specifier that refers to a file, not to a package. */
export function isRelative(specifier: string): boolean {
  return specifier === '.' || specifier === '..' || /^\.\.?\//.test(specifier)
}

/** Returns why a specifier may not be imported, as text that follows it in a message; null if it may. */
export function nameReason(specifier: string): string | null {
  if (specifier.startsWith('file:') || isAbsolute(specifier)) {
    return `is imported by its absolute path, so a replay would not use the captured copy: import it by a relative path`
  }
  if (!specifier.startsWith('#')) return null
  return `is an alias of the surrounding package, and its file would be neither hashed nor kept: import the file by its relative path`
}

/**
 * Reads the module use from the syntax tree of the compiled code, so that text and comments that look like imports do
 * not count.
 *
 * @param filename The original path of the file.
 * @throws SyntaxError when the code is invalid.
 */
export function readModuleUse(code: string, filename: string): ModuleUse {
  const tree = parseBody(code)
  const names = readLocalNames(tree, filename)
  const requires = new Map<string, Place>()
  let refusal: ModuleUse['refusal'] = null

  walk(tree, (node, around) => {
    if (refusal !== null) return
    const use = useOf(node, around, names)
    if (use === null) return
    if (use.reason !== null) refusal = { reason: use.reason, at: placeOf(node) }
    else if (!requires.has(use.specifier)) requires.set(use.specifier, placeOf(node))
  })
  return { requires: [...requires].map(([specifier, at]) => ({ specifier, at })), refusal }
}

type Use = { readonly reason: string } | { readonly reason: null; readonly specifier: string }

function useOf(node: Tree, around: readonly Tree[], names: LocalNames): Use | null {
  if (isAwait(node) && !around.some(({ type }) => FUNCTIONS.has(type))) {
    return { reason: 'top-level `await` is not allowed because loads are synchronous; use `await` in `handle`' }
  }
  if (node.type === 'MetaProperty' && node.meta?.name === 'import') {
    return {
      reason:
        '`import.meta` is only supported as `import.meta.url`, `.filename`, `.dirname` and `.resolve(...)`: write out one of these',
    }
  }
  if (node.type === 'CallExpression') {
    const imported = importedBy(node)
    if (imported !== undefined) return importUse(textOf(imported))
    const use = requireUse(node, around, names)
    if (use !== null) return use
  }
  const reason = besideReason(node, around, names)
  return reason === null ? null : { reason }
}

/**
 * Returns the argument of `import()`. The compiler turns it into a call to `jitiImport`, if needed inside a function of `specifier`.
 */
function importedBy({ callee, arguments: given }: Tree): Tree | undefined {
  if (callee?.type === 'ArrowFunctionExpression' && callee.params?.[0]?.name === 'specifier') return given?.[0]
  return lastName(callee) === 'jitiImport' && given?.[0]?.type === 'Literal' ? given[0] : undefined
}

function importUse(specifier: string | null): Use | null {
  if (specifier === null) {
    return {
      reason: `\`import()\` of a computed name is not allowed, because its file would be neither hashed nor kept: import it at the top`,
    }
  }
  if (isRelative(specifier))
    return { reason: `dynamic import of \`${specifier}\` is not allowed: import it at the top` }
  const reason = nameReason(specifier)
  return reason === null ? null : { reason: `\`${specifier}\` ${reason}` }
}

function requireUse(node: Tree, around: readonly Tree[], names: LocalNames): Use | null {
  const { callee, arguments: given } = node
  const resolved = lastName(callee) === 'resolve' && callee?.type === 'MemberExpression' ? callee.object : undefined
  const isResolve = lastName(callee) === 'jitiESMResolve' || names.requirer(resolved) !== null
  const from = isResolve ? 'here' : names.requirer(callee)
  if (from === null || isParameter(lastName(resolved ?? callee) ?? undefined, around)) return null
  const specifier = textOf(given?.[0])
  if (specifier === null) {
    return {
      reason: `\`require\` of a computed name is not allowed, because its file would be neither hashed nor kept: use a literal file name`,
    }
  }
  const reason = nameReason(specifier)
  if (reason !== null) return { reason: `\`${specifier}\` ${reason}` }
  if (!isRelative(specifier)) return { reason: null, specifier }
  if (isResolve) {
    return {
      reason: `\`resolve('${specifier}')\` refers to a file next to this one, which would be neither hashed nor kept: import code and JSON, and pass the path of data in \`init\``,
    }
  }
  if (from === 'here') return { reason: null, specifier }
  return {
    reason: `\`${specifier}\` is required from a folder other than this file's, and would be neither hashed nor kept: import it by a path relative to this file`,
  }
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

function isAwait(node: Tree): boolean {
  return node.type === 'AwaitExpression' || (node.type === 'ForOfStatement' && node.await === true)
}
