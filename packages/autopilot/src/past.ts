import type { LedgerLine } from '@hotcb/protocol'

/** The lines from earlier attempts that an autopilot needs: answers to its own commands, and changes that are re-applied. */
export interface Past {
  readonly isEmpty: boolean
  take(line: LedgerLine): void
  /** Returns the line whose change this one re-applies at a new place; otherwise the line itself. */
  original(line: LedgerLine): LedgerLine
  lines(): readonly LedgerLine[]
}

export function createPast(): Past {
  const bySeq = new Map<number, LedgerLine>()
  let isEmpty = true
  return {
    get isEmpty() {
      return isEmpty
    },
    take(line) {
      if (line.step !== null && line.step >= 0 && line.op !== 'attempt') isEmpty = false
      if (line.op === 'checkpoint') isEmpty = false
      bySeq.set(line.seq, line)
    },
    original(line) {
      const first = line.of === null ? undefined : bySeq.get(line.of)
      return first === undefined ? line : { ...first, step: line.step }
    },
    lines: () => [...bySeq.values()],
  }
}
