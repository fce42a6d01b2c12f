import { readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import type { StampTable } from '../delta.ts'
import type { MonitorPaths } from './monitor-files.ts'

/** The record of the last finished tick. It is replaced as a whole, so an unfinished tick leaves no trace. */
export interface TickRecord {
  readonly tick: number
  /** Epoch seconds. */
  readonly at: number
  /** The trials at its end; null before the first tick. */
  readonly stamps: StampTable | null
  /** Inbox messages that were handled. */
  readonly inbox: number
  /** Of the PROMPT.md that the model has read; null before that. */
  readonly promptSha256: string | null
  /** Epoch seconds of the next scheduled tick. */
  readonly nextAt: number
  /** Why the monitor ended; null while it should continue. */
  readonly halted: string | null
  /** Ticks in a row in which no model could be called. */
  readonly failures: number
  /** Scheduled ticks in a row without a message from a person. */
  readonly silent: number
}

export const FIRST_RECORD: TickRecord = {
  tick: 0,
  at: 0,
  stamps: null,
  inbox: 0,
  promptSha256: null,
  nextAt: 0,
  halted: null,
  failures: 0,
  silent: 0,
}

export function readTickRecord({ state }: MonitorPaths): TickRecord {
  const parsed = parseJson(readDocument(state)?.text ?? '')
  if (!parsed.ok || !isObject(parsed.value)) return FIRST_RECORD
  const { tick, at, stamps, inbox, prompt_sha256: prompt, next_at: nextAt, halted, failures, silent } = parsed.value
  const number = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0)
  return {
    tick: number(tick),
    at: number(at),
    stamps: isObject(stamps) ? textsOf(stamps) : null,
    inbox: number(inbox),
    promptSha256: typeof prompt === 'string' ? prompt : null,
    nextAt: number(nextAt),
    halted: typeof halted === 'string' ? halted : null,
    failures: number(failures),
    silent: number(silent),
  }
}

function textsOf(table: object): StampTable {
  return Object.fromEntries(Object.entries(table).map(([name, value]) => [name, String(value)]))
}

export function writeTickRecord({ state }: MonitorPaths, record: TickRecord): void {
  const { promptSha256, nextAt, ...rest } = record
  replaceDocument(state, `${JSON.stringify({ ...rest, prompt_sha256: promptSha256, next_at: nextAt })}\n`)
}
