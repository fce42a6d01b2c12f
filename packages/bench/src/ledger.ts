import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, parseJson, readLedgerLine, runFiles } from '@hotcb/protocol'

/** Returns the ledger of a run directory. */
export function ledgerIn(dir: string): readonly LedgerLine[] {
  return readFileSync(join(dir, runFiles.ledger), 'utf8')
    .split('\n')
    .flatMap((text) => {
      const parsed = parseJson(text)
      const line = parsed.ok ? readLedgerLine(parsed.value) : parsed
      return line.ok ? [line.value] : []
    })
}
