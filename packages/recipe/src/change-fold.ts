import type { LedgerLine, ModuleTable } from '@hotcb/protocol'
import type { History, HistoryEntry } from './history.ts'
import { changedBy, opOfLine } from './op-of-line.ts'
import { compareEntries, isCut, type Seam } from './place.ts'

/** Collects the changes in a history, and the calls that a restart does not repeat. */
export interface ChangeFold {
  /** Begins an attempt, which may start at any step. */
  open(): void
  /** Records that the next line has this step. */
  pass(step: number | null): void
  /** Adds a module's applied line. */
  add(line: LedgerLine): void
  /** Adds a line that repeated the entry `of`, or tried to repeat it and failed. */
  addAgain(line: LedgerLine, of: number): void
  cut(seam: Seam): void
  result(): Pick<History, 'entries' | 'calls' | 'wentBack'>
}

export function createChangeFold(table: ModuleTable): ChangeFold {
  let entries = new Map<number, HistoryEntry>()
  let calls: HistoryEntry[] = []
  let wentBack = false
  let lastStep = Number.NEGATIVE_INFINITY

  return {
    open() {
      lastStep = Number.NEGATIVE_INFINITY
    },
    pass(step) {
      if (step === null) return
      if (step < lastStep) wentBack = true
      lastStep = step
    },
    add(line) {
      if (table.op(line.module, line.op)?.isRestored === false) calls.push(entryOf(line, table))
      else if (line.reverts !== null && takesOut(line)) entries.delete(line.reverts)
      else entries.set(line.seq, entryOf(line, table))
    },
    addAgain(line, of) {
      const original = entries.get(of)
      if (original === undefined) return
      if (line.decision === 'applied') entries.set(of, madeAgain(original, line, table))
      else entries.delete(of)
    },
    cut(seam) {
      entries = new Map([...entries].filter(([, entry]) => !isCut(entry, seam)))
      calls = calls.filter((entry) => !isCut(entry, seam))
      if (entries.size === 0) wentBack = false
    },
    result() {
      // The entries were added in ledger order, which is the order of their seqs.
      const inOrder = (all: Iterable<HistoryEntry>) => (wentBack ? [...all] : [...all].sort(compareEntries))
      return { entries: inOrder(entries.values()), calls: inOrder(calls), wentBack }
    },
  }
}

function madeAgain(original: HistoryEntry, line: LedgerLine, table: ModuleTable): HistoryEntry {
  const { step, call, after, end, attempt } = entryOf(line, table)
  return { ...original, step, call, after, end, attempt, op: { ...original.op, ...changedBy(line, table) } }
}

function entryOf(line: LedgerLine, table: ModuleTable): HistoryEntry {
  return {
    seq: line.seq,
    step: line.step ?? 0,
    call: line.call ?? 0,
    isForeign: line.foreign === true && line.call === null,
    attempt: line.attempt,
    after: line.after === true,
    end: line.end === true,
    event: line.event,
    op: opOfLine(line, table),
    old: line.old,
    source: line.source,
    reverts: line.reverts,
  }
}

// Whether a line reverts an entry that had not been re-applied yet. Such a revert sets nothing; it removes the entry
// permanently.
function takesOut(line: LedgerLine): boolean {
  return line.payload !== null && Object.keys(line.payload).length === 0
}
