import type { LedgerLine } from '@hotcb/protocol'
import type { Change } from '../../shared/describe.ts'
import type { Answer } from './answer.ts'
import type { AnswerList } from './answer-list.ts'

/** Decisions that are kept: the ledger may have decided a command before the server has answered that it took it. */
const KEPT = 1000

/** The decisions of the ledger, by command. */
export interface Decisions {
  /** Answers the requests of this page; returns the lines that answer others. */
  settle(lines: readonly LedgerLine[]): readonly LedgerLine[]
  /** The line that decided a command, if it is among the newest. */
  find(cid: string): LedgerLine | undefined
  /** An answer with the line that decided it. */
  decided(answer: Answer, line: LedgerLine): Answer
}

export function createDecisions({ answers, change }: AnswerList, describe: (change: Change) => string): Decisions {
  const byCid = new Map<string, LedgerLine>()

  function remember(lines: readonly LedgerLine[]): void {
    for (const line of lines.slice(-KEPT)) if (line.cid !== null) byCid.set(line.cid, line)
    for (const cid of byCid.keys()) {
      if (byCid.size <= KEPT) break
      byCid.delete(cid)
    }
  }

  // The text of the request has the value that its author saw. The line has the real old value, or none if it was refused.
  const decided = (answer: Answer, line: LedgerLine): Answer => ({ ...answer, line, text: describe(line) })

  return {
    decided,
    find: (cid) => byCid.get(cid),
    settle(lines) {
      remember(lines)
      const found = new Map<string, LedgerLine>()
      const rest = lines.filter((line) => {
        const answer = answers.value.find((one) => one.isMine && one.line === undefined && isFor(line, one))
        if (answer !== undefined) found.set(answer.id, line)
        return answer === undefined
      })
      if (found.size > 0) {
        change(new Set(found.keys()), (answer) => {
          const line = found.get(answer.id)
          return line === undefined ? answer : decided(answer, line)
        })
      }
      return rest
    },
  }
}

function isFor(line: LedgerLine, { cid, phase, freezes }: Answer): boolean {
  if (line.cid !== null) return line.cid === cid
  // The kernel's own line about a freeze document that it has seen.
  const isFreeze = line.module === 'core' && line.op === 'freeze' && line.payload !== null
  return isFreeze && phase === 'written' && line.payload?.['mode'] === freezes
}
