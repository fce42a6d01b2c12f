import { isBuiltin } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type CallbackTarget, nearest } from '@hotcb/protocol'
import { evaluateGraph } from './evaluate.ts'
import type { Evaluated, SourceLanguage, SourceReading, SourceText } from './language.ts'
import { isRelative } from './module-use.ts'
import { requirePackage } from './packages.ts'
import { transformSource } from './transform.ts'

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'] as const

/** JavaScript and TypeScript, run in this process. This is the default language of a loader. */
export const javaScript: SourceLanguage = {
  name: 'JavaScript',
  extensions: EXTENSIONS,
  kinds: ['module'],
  read: readScript,
  evaluate: (graph, { target }) => pick(evaluateGraph(graph), target),
  evaluateModule: ({ target }, runDir) => evaluatePackage(target, runDir),
}

function readScript({ path, place, text }: SourceText): SourceReading {
  const transformed = transformSource(text, place)
  if (!transformed.ok) return transformed
  const { code, use, lineOf } = transformed
  if (use.refusal !== null) {
    return { ok: false, reason: `\`${place}\` line ${lineOf(use.refusal.at)}: ${use.refusal.reason}` }
  }
  const imports = use.requires
    .filter(({ specifier }) => isRelative(specifier))
    .map(({ specifier, at }) => ({
      specifier,
      candidates: candidatesOf(specifier, path),
      line: () => lineOf(at),
    }))
  return { ok: true, code, imports }
}

// Returns the usual candidates: the file itself, TypeScript's `./x.js` for `./x.ts`, a file with an extension added,
// and the index of a folder.
function candidatesOf(specifier: string, from: string): readonly string[] {
  const base = resolve(dirname(from), specifier)
  const script = /^(.*)\.([mc]?)js$/.exec(base)
  return [
    base,
    ...(script === null ? [] : [`${script[1]}.${script[2]}ts`]),
    ...EXTENSIONS.map((extension) => base + extension),
    ...EXTENSIONS.map((extension) => join(base, `index${extension}`)),
  ]
}

function evaluatePackage(target: CallbackTarget, runDir: string): Evaluated {
  const { path } = target
  if (isBuiltin(path)) return fail(`\`${path}\` is part of Node, not a package with callbacks`)
  if (path.startsWith('.') || isAbsolute(path)) {
    return fail(`\`${path}\` is a path, not a package: its \`kind\` must be file`)
  }
  const python = PYTHON_CALLBACKS.exec(path)
  const specifier = python === null ? path : '@hotcb/cb/callbacks'
  const symbol = python === null ? target.symbol : (PYTHON_SYMBOLS.get(target.symbol) ?? target.symbol)
  const picked = pick(requirePackage(specifier, join(runDir, 'here.js')), { ...target, path: specifier, symbol })
  if (!picked.ok || python === null) return picked
  return { ...picked, notes: `Python's \`${target.symbol}\` is \`${symbol}\` of ${specifier}` }
}

// Recipes and commands from hotcb 2, and from 0.1 in a shorter form, refer to the built-in callbacks by Python module and
// class.
const PYTHON_CALLBACKS = /^hotcb\.(?:modules\.cb\.)?callbacks(\.\w+)?$/
const PYTHON_SYMBOLS: ReadonlyMap<string, string> = new Map([
  ['HeartbeatCallback', 'heartbeat'],
  ['TimingCallback', 'timing'],
  ['SystemStatsCallback', 'systemStats'],
  ['TensorStatsCallback', 'tensorStats'],
  ['GradStatsCallback', 'gradStats'],
  ['AnomalyGuardCallback', 'anomalyGuard'],
  ['JSONLLoggerCallback', 'jsonlLogger'],
])

function pick(exports: unknown, target: CallbackTarget): Evaluated {
  const symbol = target.symbol === '' ? 'default' : target.symbol
  if ((typeof exports === 'object' || typeof exports === 'function') && exports !== null) {
    const exported: unknown = Reflect.get(exports, symbol)
    if (exported !== undefined) return { ok: true, exported }
    // In a CommonJS file, `module.exports = class` is the default export.
    if (symbol === 'default' && typeof exports === 'function') return { ok: true, exported: exports }
  }
  const names = typeof exports === 'object' && exports !== null ? Object.keys(exports) : []
  const near = nearest(symbol, names)
  const hint =
    near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `it exports ${names.join(', ') || 'nothing'}`
  return fail(`\`${target.path}\` does not export \`${symbol}\`: ${hint}`)
}

function fail(error: string): Evaluated {
  return { ok: false, error, traceback: null }
}
