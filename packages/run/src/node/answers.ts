import { openTail, runningMs, type Tail } from '@hotcb/journal'
import type { LedgerLine } from '@hotcb/protocol'
import type { Liveness } from '../life.ts'
import { readStreamLine } from '../streams.ts'

/** How the wait ended: answered, timed out, trainer no longer alive, or aborted. */
export type WaitEnd = 'answered' | 'timeout' | 'dead' | 'aborted'

/** The lines that arrived, and why the wait ended. */
export interface WaitResult {
  readonly end: WaitEnd
  readonly lines: readonly LedgerLine[]
}

/** How long to wait. */
export interface WaitOptions {
  /** The size of the ledger before the commands were sent. Answers come after it. */
  readonly from: number
  readonly timeoutMs: number
  /** Ends the wait. Lines that have arrived are returned. */
  readonly signal?: AbortSignal | undefined
}

/** Which lines to wait for. */
export interface AnswerFilter {
  /** The number of lines. */
  readonly count: number
  /** Text that the line must contain, to avoid parsing all others. */
  readonly marks: readonly string[]
  isAnswer(line: LedgerLine): boolean
}

const LIFE_MS = 500

/**
 * Checks a ledger for answers every few milliseconds, because a person is waiting and the trainer answers within one
 * step. Stops as soon as the trainer is known to be dead.
 */
export async function waitForLines(
  ledger: { readonly path: string; readonly network: boolean; readonly life: () => Liveness },
  wanted: AnswerFilter,
  { from, timeoutMs, signal }: WaitOptions,
): Promise<WaitResult> {
  const tail = openTail(ledger.path, { from, network: ledger.network })
  const lines: LedgerLine[] = []
  const start = runningMs()
  let lifeAt = start
  try {
    for (let pause = 2; ; pause = Math.min(pause * 1.3, 25)) {
      takeAnswers(tail, wanted, lines)
      const now = runningMs()
      if (lines.length >= wanted.count) return { end: 'answered', lines }
      if (signal?.aborted === true) return { end: 'aborted', lines }
      if (now - start >= timeoutMs) return { end: 'timeout', lines }
      if (now - lifeAt >= LIFE_MS) {
        if (ledger.life().verdict === 'dead') return { end: 'dead', lines }
        lifeAt = now
        tail.checkIdentity()
      }
      await sleep(Math.min(pause, Math.max(1, timeoutMs - (now - start))))
    }
  } finally {
    tail.close()
  }
}

function takeAnswers(tail: Tail, { marks, isAnswer }: AnswerFilter, answers: LedgerLine[]): void {
  while (tail.look()) {
    for (const { text } of tail.read().lines) {
      if (!marks.some((mark) => text.includes(mark))) continue
      const line = readStreamLine('ledger', text)
      if (line.ok && isAnswer(line.value)) answers.push(line.value)
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
