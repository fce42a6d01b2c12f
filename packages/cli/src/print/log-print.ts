import { type ModuleTable, parseJson } from '@hotcb/protocol'
import type { LedgerRecord } from '../run.ts'
import { dayOf, type LogEntry, logEntry } from './log-entry.ts'
import { alignColumns, padTo } from './table.ts'
import type { Terminal } from './terminal.ts'

export type LogFormat = 'text' | 'markdown' | 'json'

/** Prints records as they arrive. */
export interface LogPrinter {
  print(records: readonly LedgerRecord[]): void
  /** Prints a notice if nothing was printed. */
  end(isFiltered: boolean): void
}

/** Returns the printer for a format. Text is aligned across records that are printed together. */
export function logPrinter(format: LogFormat, terminal: Terminal, table: ModuleTable): LogPrinter {
  const style = { unicode: terminal.unicode, table, today: dayOf(Date.now() / 1000) }
  let printed = 0
  const rowsOf = (records: readonly LedgerRecord[]): readonly string[] => {
    const entries = records.map((record) => logEntry(record, style))
    return format === 'text' ? textRows(entries, terminal) : markdownRows(entries, printed === 0)
  }
  const print = (records: readonly LedgerRecord[]): void => {
    if (records.length === 0) return
    if (format === 'json') for (const { text } of records) terminal.json(rawOf(text))
    else for (const row of rowsOf(records)) terminal.out(row)
    printed += records.length
  }
  return {
    print,
    end: (isFiltered) => {
      if (printed > 0 || format !== 'text') return
      terminal.out(terminal.dim(isFiltered ? 'no matching entry in the ledger' : 'the ledger is empty'))
    },
  }
}

// The raw line includes unknown keys.
function rawOf(text: string): unknown {
  const parsed = parseJson(text)
  return parsed.ok ? parsed.value : null
}

function textRows(entries: readonly LogEntry[], terminal: Terminal): readonly string[] {
  const { bold, dim, green, red } = terminal
  return alignColumns(
    entries.map(({ seq, when, step, who, what, outcome, why, isGood }) => [
      dim(seq.padStart(5)),
      dim(when),
      (step === '' ? '' : `step ${step}`).padEnd(10),
      padTo(who, 10),
      bold(padTo(what, 30)),
      isGood ? green(outcome) : red(outcome),
      why,
    ]),
  )
}

function markdownRows(entries: readonly LogEntry[], withHead: boolean): readonly string[] {
  const rows = entries.map(({ seq, when, step, who, what, outcome, why }) =>
    row([seq, when, step, who, what, outcome, why]),
  )
  return withHead ? [row(HEAD), row(HEAD.map(() => '---')), ...rows] : rows
}

const HEAD: readonly string[] = ['#', 'when', 'step', 'who', 'what', 'outcome', 'why']

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
