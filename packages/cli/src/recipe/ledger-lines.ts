import { readLines } from '@hotcb/journal'
import { type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'
import type { Run } from '../run.ts'

/** The lines of a run's ledger, and what in it is none. */
export interface LedgerLines {
  readonly lines: Iterable<LedgerLine>
  /** Once all lines were read: what could not be understood, in one line. */
  trouble(): readonly string[]
}

/** Reads a whole ledger, a line at a time; none where there is no such file. */
export function ledgerLines(run: Run): LedgerLines {
  const path = run.path('ledger')
  let bad = 0
  let first = ''
  function* lines(): Generator<LedgerLine> {
    const wrong = (offset: number, reason: string): void => {
      if (bad++ === 0) first = `byte ${offset}: ${reason}`
    }
    const onOversized = ({ offset }: { readonly offset: number }): void => wrong(offset, 'too long')
    for (const { text, offset } of readLines(path, { onOversized })) {
      const parsed = parseJson(text)
      const line = parsed.ok ? readLedgerLine(parsed.value) : parsed
      if (line.ok) yield line.value
      else wrong(offset, line.reason)
    }
  }
  return {
    lines: lines(),
    trouble: () =>
      bad === 0 ? [] : [`\`${path}\`: ${bad === 1 ? 'one line is' : `${bad} lines are`} left out: ${first}`],
  }
}
