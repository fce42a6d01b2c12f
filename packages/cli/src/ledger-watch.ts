import { openTail, type Tail } from '@hotcb/journal'
import { type LedgerLine, parseJson, readLedgerLine } from '@hotcb/protocol'
import type { Run } from './run.ts'

/** How waiting ended: answered, timed out, nobody alive any more, or interrupted from the keyboard. */
export type WaitEnd = 'answered' | 'timeout' | 'dead' | 'interrupted'

export interface Waited {
  readonly end: WaitEnd
  readonly lines: readonly LedgerLine[]
}

/** What to wait for. */
export interface WaitOptions {
  /** Size of the ledger before the question was asked: the answer comes after it. */
  readonly from: number
  readonly timeoutMs: number
  /** How many lines are wanted. */
  readonly count: number
  /** A word that the line must hold: spares parsing all others. */
  readonly marks: readonly string[]
  isAnswer(line: LedgerLine): boolean
}

/**
 * Watches the ledger for answers, every few milliseconds: a person waits, and the trainer answers within one step.
 *
 * Gives up as soon as the trainer shows no sign of life any more.
 */
export async function waitForLines(run: Run, options: WaitOptions): Promise<Waited> {
  const tail = openTail(run.path('ledger'), { from: options.from })
  const lines: LedgerLine[] = []
  const interrupt = catchInterrupt()
  const start = performance.now()
  let lifeAt = start
  try {
    for (let pause = 2; ; pause = Math.min(pause * 1.3, 25)) {
      takeAnswers(tail, options, lines)
      const now = performance.now()
      if (lines.length >= options.count) return { end: 'answered', lines }
      if (interrupt.caught()) return { end: 'interrupted', lines }
      if (now - start >= options.timeoutMs) return { end: 'timeout', lines }
      if (now - lifeAt >= LIFE_MS) {
        if (run.life().verdict === 'dead') return { end: 'dead', lines }
        lifeAt = now
        tail.checkIdentity()
      }
      await sleep(Math.min(pause, Math.max(1, options.timeoutMs - (now - start))))
    }
  } finally {
    tail.close()
    interrupt.release()
  }
}

function takeAnswers(tail: Tail, { marks, isAnswer }: WaitOptions, answers: LedgerLine[]): void {
  while (tail.look()) {
    for (const { text } of tail.read().lines) {
      const line = marks.some((mark) => text.includes(mark)) ? read(text) : undefined
      if (line !== undefined && isAnswer(line)) answers.push(line)
    }
  }
}

const LIFE_MS = 500

function read(text: string): LedgerLine | undefined {
  const parsed = parseJson(text)
  if (!parsed.ok) return undefined
  const line = readLedgerLine(parsed.value)
  return line.ok ? line.value : undefined
}

/** Takes ctrl-c as the end of waiting, not of the process: what was asked must still be told. */
function catchInterrupt(): { caught(): boolean; release(): void } {
  let caught = false
  const onSignal = (): void => {
    caught = true
  }
  process.once('SIGINT', onSignal)
  return { caught: () => caught, release: () => process.removeListener('SIGINT', onSignal) }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
