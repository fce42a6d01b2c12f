import type { LedgerLine } from '@hotcb/protocol'
import { createSteadyMap } from './steady-map.ts'

/** Which commands the ledger has answered: by place, and by `cid` wherever it stands. */
export interface Answered {
  /** Takes note of a `cid` at a place, and tells where it stood before: here, at another place, or not at all. */
  meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere'
  has(cid: string): boolean
  /** A `cid` that was cancelled before its command came: that command is answered already. */
  close(cid: string): void
  addLine(line: LedgerLine): void
}

interface Place {
  readonly writer: string | null
  readonly offset: number
}

export function createAnswered(): Answered {
  // Nearly every `cid` stands once, in the shared file: its offset alone is kept then.
  const places = createSteadyMap<number | Place[]>()
  const closed = new Set<string>()

  function meet(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere' {
    const known = places.get(cid)
    if (known === undefined) {
      places.set(cid, writer === null ? offset : [{ writer, offset }])
      return closed.has(cid) ? 'elsewhere' : 'nowhere'
    }
    // The shared file's offset alone: the usual case makes no object.
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
      // What code asked for stands at no place of a command file.
      if (offset === null) closed.add(cid)
      else meet(cid, writer, offset)
    },
  }
}
