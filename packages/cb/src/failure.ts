import { namedMessageOf, traceOf } from '@hotcb/protocol'
import type { Caller } from './ports.ts'
import { type CallbackRecord, totalsOf } from './record.ts'
import { type CallbackState, logFor, updateActive } from './state.ts'

/** How a callback's error was detected. */
export type ErrorKind = 'threw' | 'rejected' | 'leaked a rejection' | 'leaked an exception'

/** Counts an error, logs it, and disables the callback after too many in a row. */
export function countError(
  state: CallbackState,
  record: CallbackRecord,
  error: unknown,
  kind: ErrorKind,
  at: string,
): void {
  const message = namedMessageOf(error)
  record.errors++
  record.streak++
  record.lastError = { step: state.step, message }
  // A callback that is never disabled may fail at each step, so only the 1st, 2nd, 4th, 8th, ... error in a row is logged.
  if (isPowerOfTwo(record.streak)) logFor(state, record.id, `${kind} at ${at}: ${traceOf(error) ?? message}`)
  const { maxErrors } = state.limits
  if (maxErrors === 0 || record.streak < maxErrors) return
  trip(state, record, `${kind} at ${at}: ${message}`)
}

/** Disables a callback immediately, and submits the op for its ledger line. */
export function trip(state: CallbackState, record: CallbackRecord, reason: string): void {
  if (record.tripped !== null || !record.enabled) return
  record.tripped = reason
  record.askAgainIn = 2
  record.askAgainAfter = 2
  logFor(state, record.id, `disabled: ${reason}`)
  updateActive(state)
  askForDisable(state, record)
}

/**
 * Disables a callback again if it was disabled before a restart. The history may already contain the ledger line, so the
 * op is submitted later.
 */
export function tripAgain(state: CallbackState, record: CallbackRecord, reason: string): void {
  if (!record.enabled) return
  record.tripped = reason
  record.askAgainIn = 1
  record.askAgainAfter = 1
  updateActive(state)
}

/**
 * Resubmits unanswered ops, because modules cannot submit ops while the history is being re-applied after a restart.
 *
 * The wait doubles each time, because a kernel that cannot write may still have the earlier requests.
 */
export function askAgain(state: CallbackState): void {
  for (const record of state.records.values()) {
    if (record.tripped === null || !record.enabled || --record.askAgainIn > 0) continue
    record.askAgainAfter *= 2
    record.askAgainIn = record.askAgainAfter
    askForDisable(state, record)
  }
}

/** True while an op is unanswered. */
export function isAsking(state: CallbackState): boolean {
  for (const record of state.records.values()) if (record.tripped !== null && record.enabled) return true
  return false
}

function askForDisable(state: CallbackState, record: CallbackRecord): void {
  state.context?.submit({
    module: 'cb',
    op: 'disable',
    id: record.id,
    source: 'kernel',
    ...(record.tripped !== null && { note: record.tripped }),
  })
}

/** Counts an error that occurred after the call, unless the callback has been unloaded or replaced in between. */
export function countStray(state: CallbackState, caller: Caller, error: unknown, kind: ErrorKind, at: string): void {
  const record = state.records.get(caller.id)
  if (record?.number === caller.number) countError(state, record, error, kind, at)
  else logFor(state, caller.id, `${kind} after it was unloaded or replaced: ${traceOf(error) ?? namedMessageOf(error)}`)
}

/** Returns the payload of the ledger line for a disabled callback. */
export function tripPayload(record: CallbackRecord, reason: string): ReturnType<typeof totalsOf> {
  return { enabled: false, reason, ...totalsOf(record) }
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0
}
