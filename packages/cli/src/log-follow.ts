import { statSync } from 'node:fs'
import { readLastLines } from '@hotcb/journal'
import { followLines } from './follow-lines.ts'
import { type LedgerRecord, recordOf } from './ledger-reader.ts'
import type { Run } from './run.ts'

/** What comes to a ledger from now on. */
export interface LedgerFollow {
  /** Records that begin before this are not given. */
  readonly from: number
  /** Gives each new record until the process is interrupted. */
  each(onRecord: (record: LedgerRecord) => void): Promise<void>
}

/** Begins to follow the ledger at the end of its last whole line. */
export function followLedger(run: Run): LedgerFollow {
  const path = run.path('ledger')
  const [last] = readLastLines(path, 1)
  const from = last === undefined ? 0 : last.offset + last.bytes
  return {
    from,
    each: (onRecord) =>
      followLines(path, Math.min(from, sizeOf(path)), (line) => {
        for (const record of recordOf(line)) onRecord(record)
      }),
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
