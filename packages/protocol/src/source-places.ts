import { runFiles } from './files.ts'
import type { SourceCapture } from './op.ts'

/** The directories that may contain a captured source. */
export interface SourceBases {
  /** The run directory. */
  readonly run: string
  /** The working directory. */
  readonly working: string
  /** The directory of the recipe that names the source; null if there is no recipe file. */
  readonly recipe: string | null
}

/**
 * Returns the locations that may contain a captured source, best first: its path below the run directory and the
 * working directory; its hash in the run's own store; the recipe's directory. An absolute path has only one location.
 */
export function placesOfSource(capture: SourceCapture, { run, working, recipe }: SourceBases): readonly string[] {
  const path = capture.captured_path
  if (/^([\\/]|[A-Za-z]:[\\/])/.test(path)) return [path]
  const stored = `${runFiles.sources}/${storedName(capture)}`
  const places = [`${run}/${path}`, `${working}/${path}`, `${run}/${stored}`]
  if (recipe !== null) places.push(`${recipe}/${path}`, `${recipe}/${stored}`)
  return [...new Set(places)]
}

// Returns the path below the store's folder. The same bytes have the same name in every store.
function storedName({ sha256, captured_path }: SourceCapture): string {
  const at = captured_path.indexOf(sha256)
  return at === -1 ? captured_path : captured_path.slice(at)
}
