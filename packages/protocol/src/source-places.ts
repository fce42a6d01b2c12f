import { runFiles } from './files.ts'
import type { SourceCapture } from './op.ts'

/** The directories in which to look for a captured source. */
export interface SourceBases {
  /** The run directory. */
  readonly run: string
  /** The working directory. */
  readonly working: string
  /** The directory of the recipe that names the source; null if there is no such file. */
  readonly recipe: string | null
}

/**
 * The places to look for a captured source, best first: at its path, below the run directory and the working directory;
 * in the run's own store, by its hash; next to the recipe. An absolute path has only one place.
 */
export function placesOfSource(capture: SourceCapture, { run, working, recipe }: SourceBases): readonly string[] {
  const path = capture.captured_path
  if (/^([\\/]|[A-Za-z]:[\\/])/.test(path)) return [path]
  const stored = `${runFiles.sources}/${storedName(capture)}`
  const places = [`${run}/${path}`, `${working}/${path}`, `${run}/${stored}`]
  if (recipe !== null) places.push(`${recipe}/${path}`, `${recipe}/${stored}`)
  return [...new Set(places)]
}

// The part below the store's folder: the same bytes have the same name in every store.
function storedName({ sha256, captured_path }: SourceCapture): string {
  const at = captured_path.indexOf(sha256)
  return at === -1 ? captured_path : captured_path.slice(at)
}
