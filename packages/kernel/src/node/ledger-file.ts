import { type Appender, openAppender, readLines, type TailLine } from '@hotcb/journal'
import { type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'
import type { LedgerPort } from '../ports.ts'

/** The ledger as a file. Offsets of what was written are kept in pieces, so that any line is found again at once. */
export function openLedgerFile(path: string, note: (message: string) => void): LedgerPort {
  const appender: Appender = openAppender(path)
  // Where lines with a seq from `seq` on begin; sorted by both.
  const pieces: { readonly seq: number; readonly offset: number }[] = []
  // All before `scanned` was read or written by us; the file was `expected` bytes long when we last knew all of it.
  let scanned = 0
  let expected = 0

  function parse(line: TailLine): LedgerLine | null {
    const json = parseJson(line.text, { nan: 'keep' })
    const read = json.ok ? readLedgerLine(json.value) : json
    if (read.ok) return read.value
    note(`${path}: byte ${line.offset} is no ledger line: ${read.reason}`)
    return null
  }

  function* scan(from: number): Generator<LedgerLine> {
    scanned = from
    for (const line of readLines(path, { from })) {
      scanned = line.offset + line.bytes
      const read = parse(line)
      if (read === null) continue
      const last = pieces.at(-1)
      if (last === undefined || (read.seq > last.seq && line.offset - last.offset > PIECE_BYTES)) {
        pieces.push({ seq: read.seq, offset: line.offset })
      }
      yield read
    }
  }

  return {
    *entries() {
      pieces.length = 0
      yield* scan(0)
      expected = appender.size()
    },
    append(text, seqs) {
      const before = appender.pendingBytes
      const failure = appender.append(text)
      if (failure !== null) return failure
      const start = appender.endOffset - Buffer.byteLength(text) - before
      // A newline may have gone before it, to end what another left torn.
      if (start === expected || start === expected + 1) {
        scanned = expected = appender.endOffset
        const [first] = seqs
        if (first !== undefined) pieces.push({ seq: first, offset: start })
      }
      return null
    },
    flush: () => appender.flush(),
    get isPending() {
      return appender.pendingBytes > 0
    },
    foreign() {
      const size = appender.size()
      if (size === expected) return NOTHING
      const lines = [...scan(size < scanned ? 0 : scanned)]
      expected = size
      return lines
    },
    find(seq) {
      const piece = pieceOf(pieces, seq)
      let found: LedgerLine | undefined
      for (const line of readLines(path, { from: piece?.offset ?? 0 })) {
        const json = parseJson(line.text, { nan: 'keep' })
        const read = json.ok ? readLedgerLine(json.value) : json
        if (!read.ok) continue
        if (read.value.seq === seq) found = read.value
        if (found !== undefined && read.value.seq > seq) break
      }
      return found
    },
    get bytes() {
      return expected
    },
    sync: () => void appender.sync(),
    close: () => appender.close(),
  }
}

const NOTHING: readonly LedgerLine[] = Object.freeze([])
const PIECE_BYTES = 64 * 1024

function pieceOf(pieces: readonly { readonly seq: number; readonly offset: number }[], seq: number) {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((pieces[middle]?.seq ?? 0) <= seq) low = middle + 1
    else high = middle
  }
  return pieces[low - 1]
}
