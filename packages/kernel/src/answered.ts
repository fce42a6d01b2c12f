import type { LedgerLine } from '@hotcb/protocol'

/** Which commands the ledger has answered: by place, and by `cid` wherever it stands. */
export interface Answered {
  /** Where the ledger has answered a `cid`: here, at another place, or not at all. */
  where(cid: string, writer: string | null, offset: number): 'here' | 'elsewhere' | 'nowhere'
  add(cid: string, writer: string | null, offset: number): void
  addLine(line: LedgerLine): void
}

interface Place {
  readonly writer: string | null
  readonly offset: number
}

export function createAnswered(): Answered {
  // Nearly every `cid` stands once, in the shared file: its offset alone is kept then.
  const places = new Map<string, number | Place[]>()

  function add(cid: string, writer: string | null, offset: number): void {
    const known = places.get(cid)
    if (known === undefined) places.set(cid, writer === null ? offset : [{ writer, offset }])
    else if (typeof known !== 'number') known.push({ writer, offset })
    else if (writer !== null || known !== offset)
      places.set(cid, [
        { writer: null, offset: known },
        { writer, offset },
      ])
  }

  return {
    where(cid, writer, offset) {
      const known = places.get(cid)
      if (known === undefined) return 'nowhere'
      const isHere =
        typeof known === 'number'
          ? writer === null && known === offset
          : known.some((place) => place.writer === writer && place.offset === offset)
      return isHere ? 'here' : 'elsewhere'
    },
    add,
    addLine(line) {
      if (line.cid !== null && line.offset !== null) add(line.cid, line.writer, line.offset)
    },
  }
}
