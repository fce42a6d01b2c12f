import type { ApprovalPort } from '@hotcb/notify/node'
import type { LedgerLine } from '@hotcb/protocol'
import { decisionText, describe, failureReason } from '@hotcb/run'
import { moduleTable, openRun, type Run } from '../../run.ts'

const ANSWER_MS = 5000

/** Passes answers from chats to the autopilot, as `hotcb autopilot approve` does. */
export const approvalPort: ApprovalPort = {
  approve: (dir, action, author) => answer(dir, action, 'approve', { author, source: 'notify' }),
  reject: (dir, action, author, note) => answer(dir, action, 'reject', { author, source: 'notify', note }),
}

async function answer(
  dir: string,
  action: string,
  verdict: 'approve' | 'reject',
  options: { readonly author: string; readonly source: string; readonly note?: string },
): Promise<string> {
  const { answerDecided, approve, reject } = await import('@hotcb/autopilot/node')
  const run = openRun(dir)
  const outcome = verdict === 'approve' ? approve(run, action, options) : reject(run, action, options)
  if (!outcome.ok) return outcome.reason
  const { lines } = await answerDecided(run, outcome.answer, { timeoutMs: ANSWER_MS })
  const [line] = lines
  const done = verdict === 'approve' ? 'approved' : 'rejected'
  return line === undefined ? `${action} is ${done}; the trainer has not answered yet` : decided(run, action, line)
}

function decided(run: Run, action: string, line: LedgerLine): string {
  const reason = failureReason(line)
  const what = describe(line, { table: moduleTable(run) })
  return `${action} ${decisionText(line)}: ${what}${reason === null ? '' : `: ${reason}`}`
}
