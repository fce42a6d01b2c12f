import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { type ModuleUse, readModuleUse } from './module-use.ts'

/** A source as a CommonJS function body, lines where they were, and what it asks of the module system. */
export type Transformed = { readonly ok: true; readonly code: string; readonly use: ModuleUse } | TransformFailure

/** One line: the place, and what is wrong there. */
interface TransformFailure {
  readonly ok: false
  readonly reason: string
}

/** Turns JavaScript or TypeScript into what can be evaluated at once, without waiting. */
export function transformSource(source: string, filename: string): Transformed {
  const extension = extname(filename)
  if (extension === '.json') return { ok: true, code: source, use: { requires: [], awaits: null, dynamic: null } }
  const code = jiti().transform({ source, filename, ts: TYPESCRIPT.has(extension), async: false })
  if (code.startsWith(ERROR_PREFIX)) return { ok: false, reason: syntaxError(code, filename) }
  try {
    return { ok: true, code, use: readModuleUse(code) }
  } catch (error) {
    return { ok: false, reason: `\`${filename}\`: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Does the compiler's first-time work now (a tenth of a second), and not in the middle of training. */
export function warmTransform(): void {
  transformSource('export class Warm { readonly every: number = 1; handle(): void {} }', 'warm.ts')
}

/** The file that a package's specifier names, also where a package offers nothing to `require`. */
export function resolveImport(specifier: string, from: string): string | undefined {
  const url = jiti().esmResolve(specifier, { parentURL: from, try: true, conditions: ['node', 'import'] })
  return url?.startsWith('file:') ? fileURLToPath(url) : url
}

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts'])
const ERROR_PREFIX = 'exports.__JITI_ERROR__ = '

let instance: ReturnType<typeof createJiti> | undefined

// Made at first use: a process that loads no callback does not pay for the compiler.
function jiti(): ReturnType<typeof createJiti> {
  instance ??= createJiti(import.meta.url, { fsCache: false, moduleCache: false })
  return instance
}

// jiti reports a syntax error as code that would throw it: {filename, line, column, code, message}.
function syntaxError(code: string, filename: string): string {
  const { line, column, message } = JSON.parse(code.slice(ERROR_PREFIX.length)) as SyntaxReport
  return `\`${filename}\` line ${line}, column ${column}: ${String(message).replace(/\s+/g, ' ').trim()}`
}

interface SyntaxReport {
  readonly line: unknown
  readonly column: unknown
  readonly message: unknown
}
