import type { LocalNames } from './local-names.ts'
import { type Tree, textOf } from './syntax-tree.ts'

/**
 * Why a call reaches a file beside the source in a way that leaves it out of what is hashed, kept and watched: one line,
 * or null. What only writes there, or looks whether something is there, is let through.
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
    return `\`${name}\` reads a file beside this one, which would be ${LOST}: import code and JSON, take the path of data from \`init\``
  }
  return null
}

const LOST = 'neither hashed nor kept for a replay'
const RUN_REASON = `\`NAME\` runs a file that would be ${LOST}: hand its code over as text with \`eval: true\`, or run a file of a package`

const READERS = new Set([
  ...['readFileSync', 'readFile', 'createReadStream', 'openSync', 'open', 'openAsBlob', 'fetch'],
  ...['copyFileSync', 'copyFile', 'cpSync', 'cp'],
])
const PROGRAMS = new Set(['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync'])
const RUNNERS = new Set(['Worker', 'fork'])
// A class of one's own may be called Worker, and a method fork.
const NODE_RUNNERS = /^(?:node:)?(?:worker_threads|child_process)$/
const WRITERS =
  /^(?:write|append|mkdir|mkdtemp|rm|unlink|rename|truncate|exists|access|stat|lstat|readdir|opendir|watch|utimes|chmod)|^createWriteStream$/

// The real `node:module` would read code that nobody hashed.
function builtinReason(module: string | null): string | null {
  if (module !== null && !/^(?:node:)?module$/.test(module)) return null
  return `\`getBuiltinModule\` gives a \`require\` whose files would be ${LOST}: import \`node:module\` at the top`
}

function urlReason(given: readonly Tree[], around: readonly Tree[], names: LocalNames): string | null {
  const [target, base] = given
  const path = textOf(target)
  if (!names.isHere(base, around) || (path !== null && /^[a-z][a-z+.-]*:/i.test(path))) return null
  // A folder is not read; what is made of it is looked at where it is used.
  if (path !== null && /(?:^|\/)\.{0,2}$/.test(path)) return null
  if (around.some((node) => WRITERS.test(names.original(node.callee) ?? ''))) return null
  const shown = path === null ? 'a URL' : `\`${path}\``
  return `${shown} beside this file would be ${LOST}: import code and JSON, take the path of data from \`init\`, write below \`env.runDir\``
}

/** A worker or process of a file: not of text, not of a package's file. */
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
