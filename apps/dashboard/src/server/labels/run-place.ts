import { relative, sep } from 'node:path'
import { isWithin } from '@hotcb/journal'
import type { FoundRun } from '../run-finder.ts'

/** The place of a run's entry in the root directories' documents. */
export interface Place {
  /** The innermost directory that this server serves and that contains the run. */
  readonly root: string
  /** The path of the run relative to the root; `.` for the root itself. */
  readonly key: string
}

/**
 * Returns a function that finds the place of a run. It caches the places: a run's path never changes, and the table needs thousands
 * of them for each request.
 */
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
