import { readLines } from '@hotcb/journal'
import { type LedgerLine, parseJson, type Result, readLedgerLine } from '@hotcb/protocol'

/** Parses one line of any kernel's ledger file. Lines from Python may contain NaN. */
export function readLedgerText(text: string): Result<LedgerLine> {
  const json = parseJson(text, { nan: 'keep' })
  return json.ok ? readLedgerLine(json.value) : json
}

/** Yields the readable lines of a ledger file, from an offset on. */
export function* readableLines(path: string, from = 0): Generator<LedgerLine> {
  for (const { text } of readLines(path, { from })) {
    const read = readLedgerText(text)
    if (read.ok) yield read.value
  }
}
