import { relative, sep } from 'node:path'
import { isWithin } from '@hotcb/journal'
import type { FoundRun } from '../run-finder.ts'

/** Where documents below a root have the entry of a run. */
export interface Place {
  /** The innermost directory that this server shows and has the run. */
  readonly root: string
  /** The path of the run below it; `.` for the directory itself. */
  readonly key: string
}

/** Returns the places of runs. A path of a run never changes, and the table reads those of thousands with each request. */
export function createPlaces(): (run: FoundRun) => Place {
  const places = new WeakMap<FoundRun, Place>()
  return (run) => {
    const known = places.get(run) ?? findPlace(run)
    places.set(run, known)
    return known
  }
}

function findPlace({ dir, roots }: FoundRun): Place {
  const above = roots.filter((root) => root !== dir && isWithin(dir, root))
  const root = above.reduce((best, one) => (one.length > best.length ? one : best), above[0] ?? dir)
  return { root, key: relative(root, dir).split(sep).join('/') || '.' }
}
