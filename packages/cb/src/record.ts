import type { CallbackTarget, Json, JsonObject, SourceCapture } from '@hotcb/protocol'
import type { HotCallback } from './callback.ts'
import type { Caller, Loaded } from './ports.ts'

/** The record of one loaded callback. */
export interface CallbackRecord extends Caller {
  readonly callback: HotCallback
  /** Its source; null for one of the trainer's own callbacks. */
  readonly target: CallbackTarget | null
  readonly init: JsonObject
  readonly capture: SourceCapture | null
  readonly look: Loaded['look']
  /** All values set by `set_params`. */
  params: JsonObject
  /** The values that these params had before they were first set. */
  firstParams: JsonObject
  enabled: boolean
  attached: boolean
  /** Why it was disabled without a command; null if it was not. It does not run until it is enabled again. */
  tripped: string | null
  /** The number of safe points until an unanswered disable is submitted again. It doubles each time. */
  askAgainIn: number
  askAgainAfter: number
  calls: number
  errors: number
  /** Errors since the last successful call. */
  streak: number
  /** The number of returned promises that have not settled. */
  pending: number
  totalMs: number
  maxMs: number
  /** `totalMs` when the window of `share` began. */
  windowTotalMs: number
  /** Its share of the wall time of the last window, 0 to 1; null before the end of the first window. */
  share: number | null
  lastError: { readonly step: number | null; readonly message: string } | null
}

/** The values from which a record is created. */
export interface RecordOptions {
  readonly caller: Caller
  readonly callback: HotCallback
  readonly target: CallbackTarget | null
  readonly init: JsonObject
  readonly capture: SourceCapture | null
  readonly look: Loaded['look']
  readonly params: JsonObject
  readonly enabled: boolean
}

/** Creates the record of a callback that has not run yet. */
export function createRecord(options: RecordOptions): CallbackRecord {
  const { caller, callback, target, init, capture, look, params, enabled } = options
  // Assigned field by field, because a spread would give every record its own hidden class and make each step ten times
  // slower.
  return {
    id: caller.id,
    number: caller.number,
    callback,
    target,
    init,
    capture,
    look,
    params,
    enabled,
    firstParams: {},
    attached: false,
    tripped: null,
    askAgainIn: 2,
    askAgainAfter: 2,
    calls: 0,
    errors: 0,
    streak: 0,
    pending: 0,
    totalMs: 0,
    maxMs: 0,
    windowTotalMs: 0,
    share: null,
    lastError: null,
  }
}

/** Returns the calls, errors and milliseconds so far, for the ledger line of a removed callback. */
export function totalsOf(record: CallbackRecord): JsonObject {
  const { calls, errors, totalMs, maxMs } = record
  return {
    calls,
    errors,
    total_ms: rounded(totalMs),
    mean_ms: calls === 0 ? 0 : rounded(totalMs / calls),
    max_ms: rounded(maxMs),
  }
}

/** Returns one callback's entry in `modules.cb` in the state document. */
export function statusOf(record: CallbackRecord): JsonObject {
  const { enabled, tripped, target, init, params, capture, share, pending, lastError } = record
  return {
    enabled: enabled && tripped === null,
    loaded: true,
    target: target === null ? null : { ...target },
    init,
    last_params: params,
    sha256: capture?.sha256 ?? null,
    captured_path: capture?.captured_path ?? null,
    ...totalsOf(record),
    share: share === null ? null : Math.round(share * 1e5) / 1e5,
    pending,
    reason: tripped,
    last_error: lastError as Json,
  }
}

/** Returns params that load the callback again in its current state; null if it has no target. */
export function putBackOf(record: CallbackRecord): JsonObject | null {
  const { target, init, params, capture } = record
  if (target === null) return null
  return {
    target: { ...target },
    init,
    enabled: record.enabled,
    params,
    ...(capture !== null && { source_capture: { ...capture } }),
  }
}

// Rounds to microseconds, the resolution of the clock.
function rounded(value: number): number {
  return Math.round(value * 1e3) / 1e3
}
