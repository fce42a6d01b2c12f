import { existsSync, statSync } from 'node:fs'
import { extname, isAbsolute, resolve } from 'node:path'
import {
  type CallbackTarget,
  checkOptions,
  namedMessageOf,
  type OptionKeys,
  type SourceCapture,
  traceOf,
} from '@hotcb/protocol'
import type { CallbackLoader, Loaded, LoadFailure, LoadRequest, LoadResult } from '../ports.ts'
import { javaScript } from './javascript.ts'
import type { Evaluated, SourceLanguage } from './language.ts'
import { realPath } from './roots.ts'
import { readGraph, type SourceGraph } from './source-graph.ts'
import { captureSources, findSources } from './source-store.ts'
import { watchGraph, watchOriginals } from './watch-files.ts'

/** The allowed folders and languages for files, and where their bytes are stored. */
export interface FileLoaderOptions {
  readonly runDir: string
  /** The folders from which callbacks may be loaded. @defaultValue the run directory and the working directory */
  readonly allowedRoots?: readonly string[]
  /**
   * The languages of the files; at least one. The first language whose `extensions` include the target's is used, or else the first whose
   * `kinds` include the target's kind.
   *
   * @defaultValue `[javaScript]`
   */
  readonly languages?: readonly SourceLanguage[]
}

const LOADER_KEYS: OptionKeys<FileLoaderOptions> = { runDir: true, allowedRoots: true, languages: true }

/** The state shared by all loads. */
interface Places {
  readonly runDir: string
  readonly roots: readonly string[]
  readonly languages: readonly SourceLanguage[]
}

/**
 * Opens a loader for callbacks from files and packages. It stores the bytes that ran. A file in any other language is refused, and the
 * error lists the accepted extensions.
 *
 * @throws TypeError for an unknown option, or for an empty list of languages.
 */
export function openFileLoader(options: FileLoaderOptions): CallbackLoader {
  checkOptions('openFileLoader', options, LOADER_KEYS)
  const { languages = [javaScript] } = options
  if (languages.length === 0) throw new TypeError('`languages` must contain at least one language, got an empty list')
  const runDir = resolve(options.runDir)
  const places = { runDir, roots: (options.allowedRoots ?? [runDir, process.cwd()]).map(realPath), languages }

  return {
    load(request) {
      try {
        return loadTarget(request, places)
      } catch (error) {
        return fail(`\`${request.target.path}\`: ${namedMessageOf(error)}`, traceOf(error))
      }
    },
  }
}

function loadTarget(request: LoadRequest, places: Places): LoadResult {
  const { target, capture } = request
  const { runDir, languages } = places
  if (target.kind === 'module') return loadModule(request, places)
  // Refused whether or not the file exists, because moving it would not help.
  if (isForeignPython(target.path, languages)) return fail(otherReason(target.path, languages))
  const path = placeOf(target.path, runDir)
  const missing = capture === null ? missingReason(path, target) : null
  if (missing !== null) return fail(missing)
  const language = languageOf(target, languages)
  if (language === undefined) return fail(otherReason(target.path, languages))
  return capture === null ? loadFile(request, path, places, language) : loadCaptured(request, capture, places, language)
}

function loadFile(request: LoadRequest, path: string, places: Places, language: SourceLanguage): LoadResult {
  const { runDir, roots } = places
  const read = readGraph(path, roots, language)
  if (!read.ok) return fail(read.reason)
  const isAgain = request.channel === 'recipe' || request.channel === 'history'
  const note = isAgain ? 'no captured source: the file as it is now' : null
  return loaded(read.graph, language.evaluate(read.graph, request), runDir, note, () => watchGraph(read.graph, path))
}

function loadCaptured(
  request: LoadRequest,
  capture: SourceCapture,
  { runDir }: Places,
  language: SourceLanguage,
): LoadResult {
  const original = realPath(placeOf(request.target.path, runDir))
  const found = findSources(capture, original, runDir, language)
  if (!found.ok) return fail(found.reason)
  return loaded(found.graph, language.evaluate(found.graph, request), runDir, null, () => watchOriginals(found.graph))
}

function loaded(
  graph: SourceGraph,
  evaluated: Evaluated,
  runDir: string,
  note: string | null,
  watch: () => Loaded['look'],
): LoadResult {
  if (!evaluated.ok) return evaluated
  const notes = [note, evaluated.notes].filter((one) => typeof one === 'string').join('; ')
  // A replay also stores the sources in this run's own store, so that its ledger can be replayed too.
  const capture = captureSources(graph, runDir)
  return {
    ok: true,
    loaded: { exported: evaluated.exported, capture, notes: notes === '' ? null : notes, look: watch() },
  }
}

function loadModule(request: LoadRequest, { runDir, languages }: Places): LoadResult {
  const { target } = request
  // The path is a file that was mistakenly specified as a module.
  if (isForeignPython(target.path, languages)) return fail(otherReason(target.path, languages))
  const language = languages.find(({ kinds = [] }) => kinds.includes('module'))
  if (language?.evaluateModule === undefined) {
    return fail(`\`${target.path}\` is a module, but this run only loads files: ${extensionsOf(languages)}`)
  }
  const evaluated = language.evaluateModule(request, runDir)
  if (!evaluated.ok) return evaluated
  return {
    ok: true,
    loaded: { exported: evaluated.exported, capture: null, notes: evaluated.notes ?? null, look: null },
  }
}

// The file name decides, because Python's command line uses `python_file` for every file, even JavaScript.
function languageOf({ path, kind }: CallbackTarget, languages: readonly SourceLanguage[]): SourceLanguage | undefined {
  const extension = extname(path)
  return (
    languages.find(({ extensions }) => extensions.includes(extension)) ??
    languages.find(({ kinds = [] }) => kinds.includes(kind))
  )
}

function missingReason(path: string, target: CallbackTarget): string | null {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return `\`${target.path}\` does not exist; looked for \`${path}\``
  if (stats.isDirectory()) return `\`${path}\` is a folder: give the path of a file in it`
  // Reading a pipe would block, and the training would wait.
  return stats.isFile() ? null : `\`${path}\` is not an ordinary file`
}

function otherReason(path: string, languages: readonly SourceLanguage[]): string {
  if (isForeignPython(path, languages)) {
    return `\`${path}\` is Python, which this kernel cannot run: write the callback in JavaScript or TypeScript, or train with hotcb's Python kernel`
  }
  return `\`${path}\` is not one of ${extensionsOf(languages)}: a callback and its relative imports must be`
}

function isForeignPython(path: string, languages: readonly SourceLanguage[]): boolean {
  return /\.pyc?$/.test(path) && languages.every((language) => language === javaScript)
}

function extensionsOf(languages: readonly SourceLanguage[]): string {
  return languages.flatMap(({ extensions }) => extensions).join(' ')
}

/** Resolves the path of a target against the run directory, then against the working directory. */
function placeOf(path: string, runDir: string): string {
  if (isAbsolute(path)) return path
  const inRun = resolve(runDir, path)
  return existsSync(inRun) ? inRun : resolve(path)
}

function fail(error: string, traceback: string | null = null): LoadFailure {
  return { ok: false, error, traceback }
}
