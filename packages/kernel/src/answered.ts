import type { LedgerLine } from '@hotcb/protocol'
import { createSteadyMap } from './steady-map.ts'

/** The commands that the ledger has answered: by place, and by `cid` at any place. */
export interface Answered {
  /** Records a `cid` at a place, and returns where it was before: here, at another place, or nowhere. */
  meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere'
  has(cid: string): boolean
  /** A `cid` that was cancelled before its command arrived: that command is already answered. */
  close(cid: string): void
  addLine(line: LedgerLine): void
}

interface Place {
  readonly writer: string | null
  readonly offset: number
}

export function createAnswered(): Answered {
  // Nearly every `cid` appears once, in the shared file: then only its offset is stored.
  const places = createSteadyMap<number | Place[]>()
  const closed = new Set<string>()

  function meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere' {
    const known = places.get(cid)
    if (known === undefined) {
      places.set(cid, writer === null ? offset : [{ writer, offset }])
      return closed.has(cid) ? 'elsewhere' : 'nowhere'
    }
    // Only the offset in the shared file: the usual case creates no object.
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
      // Requests from code have no place in a command file.
      if (offset === null) closed.add(cid)
      else meet(cid, writer, offset)
    },
  }
}
