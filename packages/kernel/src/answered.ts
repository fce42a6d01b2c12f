import type { LedgerLine } from '@hotcb/protocol'
import { createSteadyMap } from './steady-map.ts'

/** Finds commands that already have a line in the ledger, by their location in the command files and by `cid`. */
export interface Answered {
  /**
   * Records that a `cid` was found at a location, and returns whether it was already known: at this location, at a
   * different one, or not at all.
   */
  meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere'
  has(cid: string): boolean
  /** Records a `cid` that was cancelled before its command arrived. That command counts as answered. */
  close(cid: string): void
  addLine(line: LedgerLine): void
}

interface Place {
  readonly writer: string | null
  readonly offset: number
}

export function createAnswered(): Answered {
  // Nearly every `cid` appears once, in the shared file. Only its offset is stored in that case.
  const places = createSteadyMap<number | Place[]>()
  const closed = new Set<string>()

  function meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere' {
    const known = places.get(cid)
    if (known === undefined) {
      places.set(cid, writer === null ? offset : [{ writer, offset }])
      return closed.has(cid) ? 'elsewhere' : 'nowhere'
    }
    // The usual case is an offset in the shared file, and it creates no object.
    if (known === offset && writer === null) return 'here'
    const before = typeof known === 'number' ? [{ writer: null, offset: known }] : known
    if (before.some((place) => place.writer === writer && place.offset === offset)) return 'here'
    places.set(cid, [...before, { writer, offset }])
    return 'elsewhere'
  }

  return {
    meet,
    has: (cid) => places.has(cid) || closed.has(cid),
    close: (cid) => void closed.add(cid),
    addLine({ cid, writer, offset }) {
      if (cid === null) return
      // Requests from code have no location in a command file.
      if (offset === null) closed.add(cid)
      else meet(cid, writer, offset)
    },
  }
}
