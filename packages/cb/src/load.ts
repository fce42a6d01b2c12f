import {
  type CallbackTarget,
  isObject,
  type Json,
  type JsonObject,
  type ModuleContext,
  namedMessageOf,
  type Op,
  type Outcome,
  type SourceCapture,
  show,
  traceOf,
} from '@hotcb/protocol'
import type { CallbackInit, HotCallback } from './callback.ts'
import { createCaller, guarded, openGuard } from './guarded.ts'
import { createInstance } from './instance.ts'
import type { Caller, Loaded } from './ports.ts'
import { type CallbackRecord, createRecord, putBackOf } from './record.ts'
import { type CallbackState, logFor, putRecordsBack, updateActive } from './state.ts'

/**
 * Loads or reloads a callback, completely or not at all. The new callback is evaluated, constructed and given its parameters. Only then
 * does it replace the previous callback, which is closed.
 */
export function applyLoad(state: CallbackState, op: Op, context: ModuleContext): Outcome {
  const request = readRequest(op)
  if (request.target === null) {
    const got = op.target ?? op.params?.['target'] ?? null
    return failed(`\`target\` must be {kind: file|module, path, symbol}, got ${show(got)}`)
  }
  const { target, init, enabled, capture } = request
  const { id } = op
  openGuard(state)
  const caller = createCaller(state, id)
  const { loader } = state.ports
  const result = guarded(state, caller, () => loader.load({ target, capture, channel: context.channel, caller }))
  if (!result.ok) return failed(result.error, result.traceback)
  const { loaded } = result
  const before = state.records.get(id)
  const params = { ...(before?.params ?? state.keptParams.get(id)), ...request.params }
  const discard = (callback: HotCallback) => closeLater(state, caller) ?? closeQuietly(callback)
  const given = { ...structuredClone(init), id }
  const made = guarded(state, caller, () => construct(loaded, target, given, params, discard))
  if (!made.ok) return made
  const { callback } = made
  const { capture: kept, look } = loaded
  const record = createRecord({ caller, callback, target, init, capture: kept, look, params, enabled })
  const refusal = place(state, record)
  if (refusal !== null) return failed(refusal, null, joinNotes([discard(callback)]))
  const closing = before === undefined ? null : closeRecord(state, before)
  const instead = before?.target === null ? "it replaced one of the trainer's own callbacks" : null
  const notes = joinNotes([loaded.notes, closing, restoreKept(state, record), instead])
  const { target: _where, init: _init, enabled: _enabled, ...rest } = putBackOf(record) ?? {}
  const payload = { target: { ...target }, init, enabled, ...withoutEmptyParams(rest) }
  return { ok: true, payload, old: before === undefined ? null : putBackOf(before), notes }
}

type Constructed = { readonly ok: true; readonly callback: HotCallback } | Extract<Outcome, { ok: false }>

function construct(
  loaded: Loaded,
  target: CallbackTarget,
  init: CallbackInit,
  params: JsonObject,
  discard: (callback: HotCallback) => string | null,
): Constructed {
  let callback: HotCallback | undefined
  try {
    callback = createInstance(loaded.exported, target.symbol, init)
    if (Object.keys(params).length > 0) setAll(callback, params)
    return { ok: true, callback }
  } catch (error) {
    const message = `\`${target.symbol}\` of \`${target.path}\`: ${namedMessageOf(error)}`
    if (callback === undefined) return refuse(message, error, null)
    const kept = `previously set parameters were kept: ${Object.keys(params).map(quoted).join(', ')}; \`unload\` discards them`
    return refuse(message, error, joinNotes([kept, discard(callback)]))
  }
}

function refuse(error: string, thrown: unknown, notes: string | null): Extract<Outcome, { ok: false }> {
  return { ok: false, error, traceback: traceOf(thrown), notes }
}

/**
 * Passes a copy of the parameters to the callback.
 * @throws TypeError when the callback does not accept parameters; and the callback's own
 * errors.
 */
export function setAll(callback: HotCallback, params: JsonObject): void {
  if (callback.setParams === undefined) {
    throw new TypeError(`it does not accept parameters, got ${Object.keys(params).map(quoted).join(', ')}`)
  }
  callback.setParams(structuredClone(params))
}

/**
 * Closes a removed callback. Returns a note if that threw. The trainer's own callbacks are only flushed, because they may be loaded again.
 */
export function closeRecord(state: CallbackState, record: CallbackRecord): string | null {
  const { callback, target } = record
  const asked = target === null ? null : closeLater(state, record)
  if (asked !== null) return asked
  return guarded(state, record, () => (target === null ? flushQuietly(callback) : closeQuietly(callback)))
}

/**
 * Asks the host to close an instance. Returns null if the host does not handle closing; otherwise a note, which is usually empty.
 */
export function closeLater(state: CallbackState, { id, number }: Caller): string | null {
  const closing = state.host?.closing
  if (closing === undefined) return null
  const caller = { id, number }
  state.closing.set(number, caller)
  try {
    closing.ask(caller)
    return ''
  } catch (error) {
    return `asking the host to close it threw: ${namedMessageOf(error)}`
  }
}

/** Installs a new callback. If the host does not accept it, nothing is changed, and the reason is returned. */
export function place(state: CallbackState, record: CallbackRecord): string | null {
  const { id } = record
  const before = [...state.records]
  // The record moves to the end, because callbacks run in the order in which they were last loaded, with or without a restart in
  // between.
  state.records.delete(id)
  state.records.set(id, record)
  const refusal = updateActive(state)
  if (refusal === null) state.keptParams.delete(id)
  else putRecordsBack(state, before)
  return refusal
}

/** Restores the state of a new callback from a snapshot. Returns a note if that threw. */
function restoreKept(state: CallbackState, record: CallbackRecord): string | null {
  const { id } = record
  const snapshot = state.keptSnapshots.get(id)
  state.keptSnapshots.delete(id)
  return snapshot === undefined ? null : restoreQuietly(state, record, snapshot)
}

/** Restores a snapshot. If that throws, logs the error and returns a note. */
export function restoreQuietly(state: CallbackState, record: CallbackRecord, snapshot: Json): string | null {
  try {
    guarded(state, record, () => record.callback.restore?.(snapshot))
    return null
  } catch (error) {
    const note = `\`restore\` threw, so it starts without its snapshot: ${namedMessageOf(error)}`
    logFor(state, record.id, note)
    return note
  }
}

/** Creates a failed outcome. */
export function failed(error: string, traceback: string | null = null, notes: string | null = null): Outcome {
  return { ok: false, error, traceback, notes }
}

/** Joins notes into one line; null if there are none. */
export function joinNotes(notes: readonly (string | null | undefined)[]): string | null {
  const told = notes.filter((note) => note !== null && note !== undefined && note !== '')
  return told.length === 0 ? null : told.join('; ')
}

interface ReadRequest {
  readonly target: CallbackTarget | null
  readonly init: JsonObject
  readonly enabled: boolean
  readonly capture: SourceCapture | null
  readonly params: JsonObject
}

// A revert has all fields in `params`, because the reverted line's `old` becomes its params.
function readRequest(op: Op): ReadRequest {
  const from: JsonObject = op.params ?? {}
  const { target, init, enabled, source_capture: capture, params } = from
  return {
    target: op.target ?? (isTarget(target) ? target : null),
    init: op.init ?? (isObject(init) ? (init as JsonObject) : {}),
    enabled: op.enabled ?? (typeof enabled === 'boolean' ? enabled : true),
    capture: op.source_capture ?? (isCapture(capture) ? capture : null),
    params: isObject(params) ? (params as JsonObject) : {},
  }
}

function isTarget(value: unknown): value is CallbackTarget & JsonObject {
  if (!isObject(value)) return false
  const { kind, path, symbol } = value
  return (
    (kind === 'file' || kind === 'module' || kind === 'python_file') &&
    typeof path === 'string' &&
    typeof symbol === 'string'
  )
}

function isCapture(value: unknown): value is SourceCapture & JsonObject {
  return isObject(value) && typeof value['sha256'] === 'string' && typeof value['captured_path'] === 'string'
}

function withoutEmptyParams(rest: JsonObject): JsonObject {
  const { params, ...others } = rest
  return isObject(params) && Object.keys(params).length > 0 ? rest : others
}

function closeQuietly(callback: HotCallback): string | null {
  try {
    callback.close?.()
    return null
  } catch (error) {
    return `\`close\` threw: ${namedMessageOf(error)}`
  }
}

function flushQuietly(callback: HotCallback): string | null {
  try {
    callback.flush?.()
    return null
  } catch (error) {
    return `\`flush\` threw: ${namedMessageOf(error)}`
  }
}

function quoted(name: string): string {
  return `\`${name}\``
}
