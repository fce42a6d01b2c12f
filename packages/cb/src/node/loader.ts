import { existsSync, readFileSync, type Stats, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import {
  type CallbackTarget,
  checkOptions,
  namedMessageOf,
  nearest,
  type OptionKeys,
  type SourceCapture,
  traceOf,
} from '@hotcb/protocol'
import type { CallbackLoader, Loaded, LoadRequest, LoadResult } from '../ports.ts'
import { evaluateGraph } from './evaluate.ts'
import { requirePackage } from './packages.ts'
import { realPath } from './roots.ts'
import { readGraph, type SourceGraph, sha256 } from './source-graph.ts'
import { captureSources, findSources } from './source-store.ts'

/** Where files may come from, and where their bytes are kept. */
export interface FileLoaderOptions {
  readonly runDir: string
  /** Folders from which callbacks may be loaded. @defaultValue the run directory and the working directory */
  readonly allowedRoots?: readonly string[]
}

const LOADER_KEYS: OptionKeys<FileLoaderOptions> = { runDir: true, allowedRoots: true }

/**
 * Loads callbacks from JavaScript and TypeScript files and from packages, and keeps the bytes that ran.
 *
 * @throws TypeError for an option that does not exist.
 */
export function createFileLoader(options: FileLoaderOptions): CallbackLoader {
  checkOptions('createFileLoader', options, LOADER_KEYS)
  const runDir = resolve(options.runDir)
  const roots = (options.allowedRoots ?? [runDir, process.cwd()]).map(realPath)

  return {
    load(request) {
      try {
        return loadTarget(request, runDir, roots)
      } catch (error) {
        return fail(`\`${request.target.path}\`: ${namedMessageOf(error)}`, traceOf(error))
      }
    },
  }
}

function loadTarget(request: LoadRequest, runDir: string, roots: readonly string[]): LoadResult {
  const { target, capture } = request
  // Python's command line calls every file `python_file`; what a file is, its name tells.
  if (/\.pyc?$/.test(target.path)) return fail(pythonReason(target.path))
  if (target.kind === 'module') return loadPackage(target, runDir)
  if (capture !== null) return loadCaptured(target, capture, runDir)
  const isAgain = request.channel === 'recipe' || request.channel === 'history'
  return loadFile(target, runDir, roots, isAgain ? 'no captured source: the file as it is now' : null)
}

function loadFile(target: CallbackTarget, runDir: string, roots: readonly string[], note: string | null): LoadResult {
  const path = placeOf(target.path, runDir)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return fail(`\`${target.path}\` is not there, looked for \`${path}\``)
  if (stats.isDirectory()) return fail(`\`${path}\` is a folder: name the file in it`)
  // Reading a pipe would wait, and training with it.
  if (!stats.isFile()) return fail(`\`${path}\` is not an ordinary file`)
  const read = readGraph(path, roots)
  if (!read.ok) return fail(read.reason)
  const { graph } = read
  const exported = pick(evaluateGraph(graph), target)
  if (!exported.ok) return exported
  const capture = captureSources(graph, runDir)
  return loaded(exported.value, capture, note, watchGraph(graph, path))
}

function loadCaptured(target: CallbackTarget, capture: SourceCapture, runDir: string): LoadResult {
  const original = realPath(placeOf(target.path, runDir))
  const found = findSources(capture, original, runDir)
  if (!found.ok) return fail(found.reason)
  const exported = pick(evaluateGraph(found.graph), target)
  if (!exported.ok) return exported
  // Kept in this run's own store as well, so that its ledger can be replayed in its turn.
  return loaded(exported.value, captureSources(found.graph, runDir), null, watchOriginals(found.graph))
}

function loadPackage(target: CallbackTarget, runDir: string): LoadResult {
  const { path } = target
  if (isBuiltin(path)) return fail(`\`${path}\` is a part of Node, not a package of callbacks`)
  if (path.startsWith('.') || isAbsolute(path)) {
    return fail(`\`${path}\` is a path, not a package: its \`kind\` must be file`)
  }
  const python = PYTHON_CALLBACKS.exec(path)
  const specifier = python === null ? path : '@hotcb/cb/callbacks'
  const symbol = python === null ? target.symbol : (PYTHON_SYMBOLS.get(target.symbol) ?? target.symbol)
  const exported = pick(requirePackage(specifier, join(runDir, 'here.js')), { ...target, path: specifier, symbol })
  if (!exported.ok) return exported
  const note = python === null ? null : `Python's \`${target.symbol}\` is \`${symbol}\` of ${specifier}`
  return loaded(exported.value, null, note, null)
}

// Recipes and commands of hotcb 2, and of 0.1 in its shorter way, name its built-in callbacks by Python module and class.
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

type Picked = { readonly ok: true; readonly value: unknown } | Extract<LoadResult, { ok: false }>

function pick(exports: unknown, target: CallbackTarget): Picked {
  const symbol = target.symbol === '' ? 'default' : target.symbol
  if ((typeof exports === 'object' || typeof exports === 'function') && exports !== null) {
    const value: unknown = Reflect.get(exports, symbol)
    if (value !== undefined) return { ok: true, value }
    // `module.exports = class` of a CommonJS file is its default export.
    if (symbol === 'default' && typeof exports === 'function') return { ok: true, value: exports }
  }
  const names = typeof exports === 'object' && exports !== null ? Object.keys(exports) : []
  const near = nearest(symbol, names)
  const hint =
    near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `it exports ${names.join(', ') || 'nothing'}`
  return fail(`\`${target.path}\` exports no \`${symbol}\`: ${hint}`)
}

/** A path of a target: of the run directory, then of the working directory. */
function placeOf(path: string, runDir: string): string {
  if (isAbsolute(path)) return path
  const inRun = resolve(runDir, path)
  return existsSync(inRun) ? inRun : resolve(path)
}

// Watches the entry under the requested path: a link that is changed to another file counts as an edit.
function watchGraph(graph: SourceGraph, entryPath: string): Loaded['look'] {
  const files = [...graph.files.values()]
  return watchFiles(new Map(files.map(({ path, sha256: hash }) => [path === graph.entry ? entryPath : path, hash])))
}

// The originals of what was captured, where they are still there: edits from here on reload as ever.
function watchOriginals(graph: SourceGraph): Loaded['look'] {
  const hashes = new Map<string, string>()
  for (const { place } of graph.files.values()) {
    const hash = hashOf(place)
    if (hash !== null) hashes.set(place, hash)
  }
  return hashes.size === 0 ? null : watchFiles(hashes)
}

/** Looks at files by time and size, and reads those that seem to differ. Each content is reported once. */
function watchFiles(hashes: Map<string, string>): Loaded['look'] {
  const stamps = new Map<string, { readonly last: string; readonly read: boolean }>()
  let gone = false

  function isChanged(path: string, stats: Stats): boolean {
    const last = `${stats.mtimeMs} ${stats.size} ${stats.ino}`
    const before = stamps.get(path)
    // A file is read when it has kept still for one look: an editor may be half way through it.
    const isStill = before?.last === last
    stamps.set(path, { last, read: isStill })
    if (!isStill || before.read) return false
    const hash = hashOf(path)
    if (hash === null) return false
    const differs = hash !== hashes.get(path)
    hashes.set(path, hash)
    return differs
  }

  return () => {
    let seen: 'same' | 'changed' | 'gone' = 'same'
    let missing = false
    for (const path of hashes.keys()) {
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) missing = true
      else if (isChanged(path, stats)) seen = 'changed'
    }
    if (missing && !gone) seen = 'gone'
    gone = missing
    return seen
  }
}

// Gone since it was looked at: the next look tells.
function hashOf(path: string): string | null {
  try {
    return sha256(readFileSync(path))
  } catch {
    return null
  }
}

function pythonReason(path: string): string {
  return `\`${path}\` is Python, which this kernel cannot run: write the callback in JavaScript or TypeScript, or train under hotcb's Python kernel`
}

function loaded(
  exported: unknown,
  capture: SourceCapture | null,
  notes: string | null,
  look: Loaded['look'],
): LoadResult {
  return { ok: true, loaded: { exported, capture, notes, look } }
}

function fail(error: string, traceback: string | null = null): Extract<LoadResult, { ok: false }> {
  return { ok: false, error, traceback }
}
