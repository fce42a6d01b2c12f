import { openRun } from '@hotcb/run/node'
import { answerText } from '../tell.ts'
import { type AnswerOptions, type AnswerOutcome, answerDecided, approve, reject } from './approve.ts'
import { findAction } from './read-story.ts'

/** Processes people's answers from channels such as a chat. Each function returns the sentence that the person sees. */
export interface AnswerSentences {
  approve(runDir: string, action: string, author: string): Promise<string>
  reject(runDir: string, action: string, author: string, note: string): Promise<string>
}

const WAIT_MS = 10_000

/**
 * Approves and rejects on behalf of a channel, waits up to ten seconds for the kernel, and returns the outcome as a sentence. Never throws
 * for a person's invalid request.
 *
 * @param source The channel, as the ledger names it.
 */
export function answerSentences(source: string, waitMs: number = WAIT_MS): AnswerSentences {
  return {
    approve: (dir, action, author) => said(dir, action, waitMs, (run) => approve(run, action, { author, source })),
    reject: (dir, action, author, note) =>
      said(dir, action, waitMs, (run) => reject(run, action, { author, source, note } satisfies AnswerOptions)),
  }
}

async function said(
  dir: string,
  id: string,
  timeoutMs: number,
  answer: (run: ReturnType<typeof openRun>) => AnswerOutcome,
): Promise<string> {
  const run = openRun(dir)
  const outcome = answer(run)
  if (!outcome.ok) return outcome.reason
  const { verdict } = outcome.answer
  const { end } = await answerDecided(run, outcome.answer, { timeoutMs })
  const action = end === 'answered' ? findAction(run, id) : undefined
  if (action !== undefined) return `\`${id}\`: ${answerText(action)}`
  const why = end === 'dead' ? 'no trainer is alive; the next one will decide' : 'the trainer has not answered yet'
  return `\`${id}\`: ${verdict === 'approve' ? 'approval' : 'rejection'} sent; ${why}`
}
