import { readLines } from '@hotcb/journal'
import type { LedgerLine } from '@hotcb/protocol'
import { readableLines, readLedgerText } from './ledger-lines.ts'
import { createPieces } from './ledger-pieces.ts'

/** Reads a ledger file, and keeps an index of its lines. */
export interface LedgerScan {
  /** The offset up to which everything was read, or was written by this process. */
  readonly end: number
  /** Yields the lines from an offset on. Unreadable lines are logged. */
  from(offset: number): Generator<LedgerLine>
  /** Yields all lines. */
  all(): Generator<LedgerLine>
  /** Records lines that were written from `start` to `end`, the first of them with this seq. */
  wrote(start: number, end: number, seq: number | undefined): void
  find(seq: number): LedgerLine | undefined
}

export function createLedgerScan(path: string, note: (message: string) => void): LedgerScan {
  const pieces = createPieces()
  let end = 0

  function* from(offset: number): Generator<LedgerLine> {
    end = offset
    for (const line of readLines(path, { from: offset })) {
      end = line.offset + line.bytes
      const read = readLedgerText(line.text)
      if (read.ok) {
        pieces.add(read.value.seq, line.offset)
        yield read.value
      } else note(`${path}: byte ${line.offset} is not a ledger line: ${read.reason}`)
    }
  }

  return {
    get end() {
      return end
    },
    from,
    *all() {
      pieces.clear()
      yield* from(0)
    },
    wrote(start, to, seq) {
      end = to
      if (seq !== undefined) pieces.push(seq, start)
    },
    find(seq) {
      let found: LedgerLine | undefined
      for (const line of readableLines(path, pieces.offsetOf(seq))) {
        if (line.seq === seq) found = line
        if (found !== undefined && line.seq > seq) break
      }
      return found
    },
  }
}
