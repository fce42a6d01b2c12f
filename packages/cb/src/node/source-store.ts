import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, extname, join, normalize, resolve, sep } from 'node:path'
import { parseFreeze, placesOfSource, runFiles, type SourceCapture } from '@hotcb/protocol'
import type { SourceLanguage } from './language.ts'
import { isInside, realPath } from './roots.ts'
import { type GraphResult, placeIn, readGraph, type SourceGraph, sha256 } from './source-graph.ts'

/**
 * Stores the bytes of a graph in the run directory, once: as `<sha256>.<ext>`, or as the folder `<sha256>/` if there
 * are several files.
 *
 * @returns The path relative to the run directory, so that a copied or moved run still has its sources.
 * @throws File system errors.
 */
export function captureSources(graph: SourceGraph, runDir: string): SourceCapture {
  const folder = runFiles.sources
  const single = graph.files.size === 1
  const name = single ? graph.sha256 + extname(graph.entry) : graph.sha256
  const path = join(runDir, folder, name)
  const inside = single ? [] : [placeIn(graph.root, graph.entry)]
  if (!isIntact(graph, path, single)) write(graph, path, single)
  return { sha256: graph.sha256, captured_path: [folder, name, ...inside].join('/') }
}

/**
 * Returns exactly the captured bytes. Files that are found are hashed again.
 *
 * It searches at the path itself, below the run directory and the working directory; in the run's own store, by hash; and next to the
 * recipe named in the freeze document.
 *
 * @param original The path of the entry when it was captured, which is the nominal place of the files.
 */
export function findSources(
  capture: SourceCapture,
  original: string,
  runDir: string,
  language: SourceLanguage,
): GraphResult {
  const wrong: string[] = []
  for (const path of placesOf(capture, runDir)) {
    if (!isThere(path)) continue
    const folder = storeFolderOf(path, capture.sha256)
    const read = readGraph(path, [folder ?? realPath(dirname(path))], language, placing(path, folder, original))
    if (read.ok && read.graph.sha256 === capture.sha256) return read
    wrong.push(read.ok ? `\`${path}\` has sha256 ${read.graph.sha256}` : read.reason)
  }
  if (wrong.length > 0)
    return { ok: false, reason: `captured source ${capture.sha256} is refused: ${wrong.join('; ')}` }
  return {
    ok: false,
    reason: `captured source ${capture.sha256} does not exist: looked for \`${capture.captured_path}\``,
  }
}

function placesOf(capture: SourceCapture, runDir: string): readonly string[] {
  return placesOfSource(capture, { run: runDir, working: resolve('.'), recipe: recipeFolder(runDir) }).map(normalize)
}

function recipeFolder(runDir: string): string | null {
  try {
    const freeze = parseFreeze(readFileSync(join(runDir, runFiles.freeze), 'utf8'))
    const path = freeze.ok ? freeze.value.recipe_path : null
    if (path === null) return null
    return dirname(isThere(join(runDir, path)) ? join(runDir, path) : resolve(path))
  } catch {
    return null
  }
}

/** Returns the folder of several captured files, if a path is in one. Relative imports stay inside it. */
function storeFolderOf(path: string, hash: string): string | null {
  const parts = path.split(sep)
  const at = parts.indexOf(hash)
  return at === -1 ? null : realPath(parts.slice(0, at + 1).join(sep))
}

// A single file was at the original path. For several files, the original folder was as many levels above the entry as
// in the store.
function placing(path: string, folder: string | null, original: string): (path: string) => string {
  if (folder === null) return () => original
  let root = original
  for (const _part of placeIn(folder, realPath(path)).split('/')) root = dirname(root)
  return (real) => join(root, placeIn(folder, real))
}

function isIntact(graph: SourceGraph, path: string, single: boolean): boolean {
  return [...graph.files.values()].every((file) => {
    const kept = single ? path : join(path, placeIn(graph.root, file.path))
    try {
      return sha256(readFileSync(kept)) === file.sha256
    } catch {
      return false
    }
  })
}

function write(graph: SourceGraph, path: string, single: boolean): void {
  const store = dirname(path)
  mkdirSync(store, { recursive: true })
  // The folder is renamed into place as a whole, because a replay may read the store while it is being filled.
  const fresh = mkdtempSync(join(store, '.new-'))
  try {
    for (const file of graph.files.values()) {
      const to = join(fresh, single ? 'source' : placeIn(graph.root, file.path))
      if (!isInside(to, [fresh])) throw new Error(`unreachable: \`${to}\` is outside the store`)
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, file.bytes)
    }
    rmSync(path, { recursive: true, force: true })
    renameSync(single ? join(fresh, 'source') : fresh, path)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

function isThere(path: string): boolean {
  try {
    readFileSync(path)
    return true
  } catch {
    return false
  }
}
