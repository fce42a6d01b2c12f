import { SourceMap } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { messageOf } from '@hotcb/protocol'
import { createJiti } from 'jiti'
import { type ModuleUse, readModuleUse } from './module-use.ts'
import type { Place } from './syntax-tree.ts'

/** A source that was compiled to the body of a CommonJS function, and how it uses the module system. */
export type Transformed =
  | {
      readonly ok: true
      /** The code. Its lines match the source, except above an `export ... from`. */
      readonly code: string
      readonly use: ModuleUse
      /** Returns the source line for a position in the code. Compiles the source again. */
      lineOf(at: Place): number
    }
  | TransformFailure

/** A failure, as one line with the position and the problem. */
interface TransformFailure {
  readonly ok: false
  readonly reason: string
}

/** Turns JavaScript, TypeScript or JSON into code that can be evaluated synchronously. */
export function transformSource(source: string, filename: string): Transformed {
  if (extname(filename) === '.json') return transformJson(source, filename)
  const code = compile(source, filename)
  if (code.startsWith(ERROR_PREFIX)) return { ok: false, reason: syntaxError(code, filename) }
  try {
    const use = readModuleUse(code, filename)
    return { ok: true, code, use, lineOf: (at) => lineOf(at, source, filename) }
  } catch (error) {
    return { ok: false, reason: `\`${filename}\`: ${messageOf(error)}` }
  }
}

function transformJson(source: string, filename: string): Transformed {
  try {
    JSON.parse(source)
  } catch (error) {
    return { ok: false, reason: `\`${filename}\`: ${messageOf(error)}` }
  }
  return { ok: true, code: source, use: { requires: [], refusal: null }, lineOf: ({ line }) => line }
}

/** Warms up the compiler (a tenth of a second), so that this does not happen at the first load during training. */
export function warmTransform(): void {
  transformSource('export class Warm { readonly every: number = 1; handle(): void {} }', 'warm.ts')
}

/** Returns the file for a package specifier, even if the package has no entry for `require`. */
export function resolveImport(specifier: string, from: string): string | undefined {
  const url = jiti().esmResolve(specifier, { parentURL: from, try: true, conditions: ['node', 'import'] })
  return url?.startsWith('file:') ? fileURLToPath(url) : url
}

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts'])
const ERROR_PREFIX = 'exports.__JITI_ERROR__ = '

let instance: ReturnType<typeof createJiti> | undefined

// Creates the compiler on first use, so that a process that loads no callbacks does not pay for it.
function jiti(): ReturnType<typeof createJiti> {
  instance ??= createJiti(import.meta.url, OPTIONS)
  return instance
}

const OPTIONS = { fsCache: false, moduleCache: false }

function compile(source: string, filename: string, compiler = jiti()): string {
  return compiler.transform({ source, filename, ts: TYPESCRIPT.has(extname(filename)), async: false })
}

// The compiler moves imports up and other code down, so the line comes from its source map.
function lineOf({ line, column }: Place, source: string, filename: string): number {
  const mapped = compile(source, filename, createJiti(import.meta.url, { ...OPTIONS, sourceMaps: true }))
  const [, encoded] = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,(\S+)\s*$/.exec(mapped) ?? []
  if (encoded === undefined) return line
  const entry = new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))).findEntry(line - 1, column)
  return 'originalLine' in entry ? entry.originalLine + 1 : line
}

// jiti reports a syntax error as code that throws it: {filename, line, column, code, message}.
function syntaxError(code: string, filename: string): string {
  const { line, column, message } = JSON.parse(code.slice(ERROR_PREFIX.length)) as SyntaxReport
  return `\`${filename}\` line ${line}, column ${column}: ${String(message).replace(/\s+/g, ' ').trim()}`
}

interface SyntaxReport {
  readonly line: unknown
  readonly column: unknown
  readonly message: unknown
}
