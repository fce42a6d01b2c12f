import { statSync } from 'node:fs'
import { openTail, readLastLines } from '@hotcb/journal'
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
  return { from, each: (onRecord) => follow(path, Math.min(from, sizeOf(path)), onRecord) }
}

async function follow(path: string, from: number, onRecord: (record: LedgerRecord) => void): Promise<void> {
  const tail = openTail(path, { from })
  let isOver = false
  const stop = (): void => {
    isOver = true
  }
  process.once('SIGINT', stop)
  try {
    while (!isOver) {
      tail.checkIdentity()
      while (tail.look()) for (const record of tail.read().lines.flatMap(recordOf)) onRecord(record)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  } finally {
    process.removeListener('SIGINT', stop)
    tail.close()
  }
}

const LOOK_MS = 50

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
