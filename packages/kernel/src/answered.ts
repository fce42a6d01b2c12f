import type { LedgerLine } from '@hotcb/protocol'

/** Which commands the ledger has answered: by place, and by `cid` wherever it stands. */
export interface Answered {
  /** Whether the ledger has answered a `cid` anywhere. */
  hasCid(cid: string): boolean
  /** Whether it has answered this command at this place. */
  has(cid: string, writer: string | null, offset: number): boolean
  add(cid: string, writer: string | null, offset: number): void
  addLine(line: LedgerLine): void
}

export function createAnswered(): Answered {
  const cids = new Set<string>()
  const places = new Map<string | null, Map<number, string>>()

  function add(cid: string, writer: string | null, offset: number): void {
    cids.add(cid)
    let ofWriter = places.get(writer)
    if (ofWriter === undefined) {
      ofWriter = new Map()
      places.set(writer, ofWriter)
    }
    ofWriter.set(offset, cid)
  }

  return {
    hasCid: (cid) => cids.has(cid),
    has: (cid, writer, offset) => places.get(writer)?.get(offset) === cid,
    add,
    addLine(line) {
      if (line.cid !== null && line.offset !== null) add(line.cid, line.writer, line.offset)
    },
  }
}
