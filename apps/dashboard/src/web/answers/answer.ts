import type { LedgerLine } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import { PEOPLE } from '../../shared/markers.ts'
import { decisionText } from '../changes/change-look.ts'

/** A request to a run, by any person or program, and its result. */
export interface Answer {
  readonly id: string
  /** The text of the request. */
  readonly text: string
  /** Author or source; empty if neither is known. */
  readonly who: string
  /** Whether this page sent it. */
  readonly isMine: boolean
  /** Epoch milliseconds. */
  readonly atMs: number
  /**
   * `sent`: the server has accepted the command. `written`: a document was written; the kernel need not respond to it. `told`: the
   * page itself created this message.
   */
  readonly phase: 'sending' | 'refused' | 'sent' | 'written' | 'told'
  readonly cid: string | null
  /** The keys that the command sets. */
  readonly keys: readonly string[]
  /** The requested step; null for the next safe point. */
  readonly at: number | null
  /** Why the server refused it, or the server's notes. */
  readonly says: string
  /** The ledger line with the kernel's decision about the command. */
  readonly line: LedgerLine | undefined
  /** Whether the kernel has seen the value in the trainer. */
  readonly isVerified: boolean
  /** The requested mode, if it is a freeze document. */
  readonly freezes?: string
  /** A button that is shown with the answer. */
  readonly action?: AnswerAction
}

export interface AnswerAction {
  readonly label: string
  readonly run: () => void
}

/** How an answer is shown. */
export interface AnswerState {
  /** `waits` means that the state is not final. */
  readonly tone: 'waits' | 'good' | 'bad' | 'plain'
  readonly word: string
  readonly detail: string
}

/** Returns the state and the result of a command. `isHeld`: whether the kernel is holding the command for its step. */
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
  // An expired command is shown as bad, so that its sender sees that it had no effect.
  const tone = line.decision === 'skipped_noop' ? 'plain' : 'bad'
  return { tone, word: decisionText(line.decision), detail }
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ')
}

/**
 * Whether other people see a decision as a toast. They do if it is about a person's command or is a failure. All
 * other decisions appear only in the log.
 */
export function isNews(answer: Answer): boolean {
  const { line } = answer
  if (line === undefined || line.author !== null || PEOPLE.includes(line.source)) return true
  return stateOf(answer, false).tone === 'bad'
}

/** Converts a ledger line into an answer; undefined for lines that do not answer a command. */
export function answerOfLine(line: LedgerLine, text: string): Answer | undefined {
  // A change that was re-applied after a restart was answered when it was first made.
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
