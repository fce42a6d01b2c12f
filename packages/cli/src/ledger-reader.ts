import { readLastLines, readLines, type TailLine } from '@hotcb/journal'
import { isObject, type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'
import type { Run } from './run.ts'

/** A line of the ledger as it stands there, and as we understand it. */
export interface LedgerRecord {
  readonly line: LedgerLine
  /** All its keys, also those that we do not know. */
  readonly raw: Readonly<Record<string, unknown>>
  /** Where it begins, in bytes. */
  readonly at: number
}

/** The last `count` records that pass the filter, oldest first; reads the ledger from its end, in pieces. */
export function lastRecords(
  run: Run,
  count: number,
  isWanted: (record: LedgerRecord) => boolean = () => true,
): readonly LedgerRecord[] {
  const pages: (readonly LedgerRecord[])[] = []
  let missing = count
  let before = Number.POSITIVE_INFINITY
  while (missing > 0) {
    const lines = readLastLines(run.path('ledger'), PAGE_LINES, { before })
    const records = lines.flatMap(recordOf).filter(isWanted).slice(-missing)
    pages.unshift(records)
    missing -= records.length
    const first = lines[0]
    if (first === undefined || first.offset === 0) break
    before = first.offset
  }
  return pages.flat()
}

/** All records from an offset on, one at a time. */
export function* allRecords(run: Run, from = 0): Iterable<LedgerRecord> {
  for (const line of readLines(run.path('ledger'), { from })) yield* recordOf(line)
}

/** The record of one line; none where it cannot be understood. */
export function recordOf({ text, offset }: TailLine): readonly LedgerRecord[] {
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value)) return []
  const line = readLedgerLine(parsed.value)
  return line.ok ? [{ line: line.value, raw: parsed.value, at: offset }] : []
}

const PAGE_LINES = 512
