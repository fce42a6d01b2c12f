import type { LocalNames } from './local-names.ts'
import { type Tree, textOf } from './syntax-tree.ts'

/**
 * Returns why a call must be refused, in one line, or null. A call is refused if it reads or runs a file next to the
 * source that is not hashed, captured and watched. Calls that only write there, or check whether a file exists, are
 * allowed.
 */
export function besideReason(node: Tree, around: readonly Tree[], names: LocalNames): string | null {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return null
  const name = names.original(node.callee)
  if (name === null) return null
  const given = node.arguments ?? []
  const isBeside = given.some((argument) => names.isHere(argument, around))
  if (name === 'getBuiltinModule') return builtinReason(textOf(given[0]))
  if (name === 'URL' && node.type === 'NewExpression') return urlReason(given, around, names)
  if (RUNNERS.has(name) && isRun(name, node, names)) return RUN_REASON.replace('NAME', name)
  if (!isBeside) return null
  if (PROGRAMS.has(name)) return RUN_REASON.replace('NAME', name)
  if (READERS.has(name) && !isForWriting(name, given)) {
    return `\`${name}\` reads a file next to this one, which would be ${LOST}: import code and JSON, and pass the path of data in \`init\``
  }
  return null
}

const LOST = 'neither hashed nor kept for a replay'
const RUN_REASON = `\`NAME\` runs a file that would be ${LOST}: pass its code as text with \`eval: true\`, or run a file from a package`

const READERS = new Set([
  ...['readFileSync', 'readFile', 'createReadStream', 'openSync', 'open', 'openAsBlob', 'fetch'],
  ...['copyFileSync', 'copyFile', 'cpSync', 'cp'],
])
const PROGRAMS = new Set(['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync'])
const RUNNERS = new Set(['Worker', 'fork'])
// The module is checked, because the source may have its own class Worker, or a method fork.
const NODE_RUNNERS = /^(?:node:)?(?:worker_threads|child_process)$/
const WRITERS =
  /^(?:write|append|mkdir|mkdtemp|rm|unlink|rename|truncate|exists|access|stat|lstat|readdir|opendir|watch|utimes|chmod)|^createWriteStream$/

// The real `node:module` would load code that is not hashed.
function builtinReason(module: string | null): string | null {
  if (module !== null && !/^(?:node:)?module$/.test(module)) return null
  return `\`getBuiltinModule\` returns a \`require\` whose files would be ${LOST}: import \`node:module\` at the top`
}

function urlReason(given: readonly Tree[], around: readonly Tree[], names: LocalNames): string | null {
  const [target, base] = given
  const path = textOf(target)
  if (!names.isHere(base, around) || (path !== null && /^[a-z][a-z+.-]*:/i.test(path))) return null
  // A folder itself is not read. Paths derived from it are checked where they are used.
  if (path !== null && /(?:^|\/)\.{0,2}$/.test(path)) return null
  if (around.some((node) => WRITERS.test(names.original(node.callee) ?? ''))) return null
  const shown = path === null ? 'a URL' : `\`${path}\``
  return `${shown} next to this file would be ${LOST}: import code and JSON, pass the path of data in \`init\`, and write below \`env.runDir\``
}

/** Whether a worker or process runs a file, rather than text or a file from a package. */
function isRun(name: string, { arguments: given = [], callee, type }: Tree, names: LocalNames): boolean {
  const [file, options] = given
  if (
    file === undefined ||
    (name === 'Worker' && type !== 'NewExpression') ||
    !NODE_RUNNERS.test(names.module(callee) ?? '')
  )
    return false
  if (textOf(file)?.startsWith('data:') === true) return false
  const isText = options?.properties?.some(({ key, value }) => key?.name === 'eval' && isTrue(value)) === true
  const isOfPackage = names.original(file.callee) === 'resolve' || names.original(file.callee) === 'jitiESMResolve'
  return !isText && !isOfPackage
}

function isTrue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'value' in value && value.value === true
}

function isForWriting(name: string, given: readonly Tree[]): boolean {
  return (name === 'open' || name === 'openSync') && /^(?:[wa]x?|ax|as)$/.test(textOf(given[1]) ?? '')
}
