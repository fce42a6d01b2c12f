import type { LedgerLine } from '@hotcb/protocol'
import type { Change } from '../../shared/describe.ts'
import type { Answer } from './answer.ts'
import type { AnswerList } from './answer-list.ts'

/** How many decisions are remembered. They are needed because a command's ledger line may arrive before the server's reply. */
const KEPT = 1000

/** The kernel's decisions in the ledger, by command. */
export interface Decisions {
  /** Applies the lines to this page's requests; returns the lines that belong to other requests. */
  settle(lines: readonly LedgerLine[]): readonly LedgerLine[]
  /** Returns the line with the decision about a command, if it is among the latest lines. */
  find(cid: string): LedgerLine | undefined
  /** Adds the line with the kernel's decision to an answer. */
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

  // The text of the request contains the old value that its author saw. The line contains the actual one, or none if the command was
  // refused.
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
  // The kernel's own line about a freeze document that it has read.
  const isFreeze = line.module === 'core' && line.op === 'freeze' && line.payload !== null
  return isFreeze && phase === 'written' && line.payload?.['mode'] === freezes
}
