import { isObject } from '@hotcb/protocol'
import type { Marker } from '../../../shared/wire.ts'

/** Returns the latest change to each key. */
export function lastChanges(markers: readonly Marker[]): ReadonlyMap<string, Marker> {
  if (known.markers !== markers) {
    const changes = new Map<string, Marker>()
    for (const mark of markers) {
      if (mark.op !== 'set_params' || !isObject(mark.params)) continue
      for (const key of Object.keys(mark.params)) changes.set(key, mark)
    }
    known = { markers, changes }
  }
  return known.changes
}

// A cache, because a run may have tens of thousands of changes, and controls are drawn every second.
let known: { readonly markers: readonly Marker[]; readonly changes: ReadonlyMap<string, Marker> } = {
  markers: [],
  changes: new Map(),
}
