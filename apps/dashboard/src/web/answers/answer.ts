import type { LedgerLine } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import { PEOPLE } from '../../shared/markers.ts'
import { decisionText } from '../changes/change-look.ts'

/** A request to a run, by any person or program, and its result. */
export interface Answer {
  readonly id: string
  /** The request, in words. */
  readonly text: string
  /** Author or source; empty if neither is known. */
  readonly who: string
  /** Whether this page sent it. */
  readonly isMine: boolean
  /** Epoch milliseconds. */
  readonly atMs: number
  /** `sent`: a command that the server took. `written`: a document, which needs no answer to count. `told`: a message of the page. */
  readonly phase: 'sending' | 'refused' | 'sent' | 'written' | 'told'
  readonly cid: string | null
  /** Keys that it sets. */
  readonly keys: readonly string[]
  /** The step that it is for; null for the next safe point. */
  readonly at: number | null
  /** Why the server refused it, or what it had to say. */
  readonly says: string
  /** The ledger line that decided it. */
  readonly line: LedgerLine | undefined
  /** Whether the kernel saw the value in the trainer. */
  readonly isVerified: boolean
  /** Of a freeze document: the mode that it asks for. */
  readonly freezes?: string
  /** The actions that the place where it is shown offers. */
  readonly action?: AnswerAction
}

export interface AnswerAction {
  readonly label: string
  readonly run: () => void
}

/** How an answer is shown. */
export interface AnswerState {
  /** `waits`: there will be more. */
  readonly tone: 'waits' | 'good' | 'bad' | 'plain'
  readonly word: string
  readonly detail: string
}

/** The state of a command, and its result. `isHeld`: the kernel holds it for its step. */
export function stateOf(answer: Answer, isHeld: boolean): AnswerState {
  const { phase, line, says } = answer
  if (line !== undefined) return stateOfLine(line, answer.isVerified)
  switch (phase) {
    case 'sending':
      return { tone: 'waits', word: 'sending', detail: '' }
    case 'refused':
      return { tone: 'bad', word: 'not sent', detail: says }
    case 'written':
      return { tone: 'waits', word: 'written', detail: says || 'the trainer applies it at its next check' }
    case 'told':
      return { tone: 'plain', word: '', detail: says }
    case 'sent':
      return isHeld || answer.at !== null
        ? { tone: 'waits', word: isHeld ? 'scheduled' : 'queued', detail: joined([`for step ${answer.at}`, says]) }
        : { tone: 'waits', word: 'queued', detail: says || 'waits for the next safe point' }
    default:
      return phase satisfies never
  }
}

function stateOfLine(line: LedgerLine, isVerified: boolean): AnswerState {
  const place = line.step === null ? '' : `step ${line.step}`
  const detail = joined([place, plainReason(line.error ?? line.notes ?? '')])
  if (line.decision === 'applied') return { tone: 'good', word: isVerified ? 'verified' : 'applied', detail }
  // Anyone who sent a command that expired should see that it did nothing.
  const tone = line.decision === 'skipped_noop' ? 'plain' : 'bad'
  return { tone, word: decisionText(line.decision), detail }
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ')
}

/** Whether a decision is shown to others as a toast: that of a person's command, or a failure. Others are only in the log. */
export function isNews(answer: Answer): boolean {
  const { line } = answer
  if (line === undefined || line.author !== null || PEOPLE.includes(line.source)) return true
  return stateOf(answer, false).tone === 'bad'
}

/** A ledger line as the answer to a command; undefined for lines that answer none. */
export function answerOfLine(line: LedgerLine, text: string): Answer | undefined {
  // Changes that a restart re-applied were answered before.
  if (line.of !== null) return undefined
  return {
    id: `line-${line.attempt ?? 0}-${line.seq}`,
    text,
    who: line.author ?? line.source,
    isMine: false,
    atMs: line.wall_time * 1000,
    phase: 'sent',
    cid: line.cid,
    keys: [],
    at: null,
    says: '',
    line,
    isVerified: false,
  }
}
