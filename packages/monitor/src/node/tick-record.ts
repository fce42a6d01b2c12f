import { readDocument, replaceDocument } from '@hotcb/journal'
import { isObject, parseJson } from '@hotcb/protocol'
import type { StampTable } from '../delta.ts'
import type { MonitorPaths } from './monitor-files.ts'

/** The record of the last finished tick. The file is replaced atomically, so it never contains an unfinished tick. */
export interface TickRecord {
  readonly tick: number
  /** Epoch seconds. */
  readonly at: number
  /** The trials when it ended; null before the first tick. */
  readonly stamps: StampTable | null
  /** The number of inbox messages that were processed. */
  readonly inbox: number
  /** The hash of the PROMPT.md version that the model has read; null if it has not read it yet. */
  readonly promptSha256: string | null
  /** When the next tick is scheduled, in epoch seconds. */
  readonly nextAt: number
  /** Why the monitor stopped; null while it should keep running. */
  readonly halted: string | null
  /** The number of consecutive ticks in which no model could be called. */
  readonly failures: number
  /** The number of consecutive scheduled ticks without a message from a person. */
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
