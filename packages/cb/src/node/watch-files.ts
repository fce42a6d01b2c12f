import { readFileSync, type Stats, statSync } from 'node:fs'
import type { Loaded } from '../ports.ts'
import { type SourceGraph, sha256 } from './source-graph.ts'

/**
 * Watches the files in a graph. The entry is watched under the requested path, so that pointing a link at a different file counts as an
 * edit.
 */
export function watchGraph(graph: SourceGraph, entryPath: string): Loaded['look'] {
  const files = [...graph.files.values()]
  return watchFiles(new Map(files.map(({ path, sha256: hash }) => [path === graph.entry ? entryPath : path, hash])))
}

/** Watches the originals of captured files, if they still exist, so that later edits cause a reload as usual. */
export function watchOriginals(graph: SourceGraph): Loaded['look'] {
  const hashes = new Map<string, string>()
  for (const { place } of graph.files.values()) {
    const hash = hashOf(place)
    if (hash !== null) hashes.set(place, hash)
  }
  return hashes.size === 0 ? null : watchFiles(hashes)
}

/** Checks files by time and size, and reads those that seem to differ. Each new content is reported once. */
function watchFiles(hashes: Map<string, string>): Loaded['look'] {
  const stamps = new Map<string, { readonly last: string; readonly read: boolean }>()
  let gone = false

  function isChanged(path: string, stats: Stats): boolean {
    const last = `${stats.mtimeMs} ${stats.size} ${stats.ino}`
    const before = stamps.get(path)
    // A file is read only when it is unchanged between two checks, because an editor may still be writing it.
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

// The file was deleted since the last check. The next check reports that.
function hashOf(path: string): string | null {
  try {
    return sha256(readFileSync(path))
  } catch {
    return null
  }
}
