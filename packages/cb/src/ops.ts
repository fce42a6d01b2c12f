import {
  type Channel,
  type Json,
  type JsonObject,
  namedMessageOf,
  nearest,
  type Op,
  type Outcome,
  traceOf,
} from '@hotcb/protocol'
import type { HotCallback } from './callback.ts'
import { tripPayload } from './failure.ts'
import { guarded } from './guarded.ts'
import { readParam } from './instance.ts'
import { closeRecord, failed, joinNotes, setAll } from './load.ts'
import { type CallbackRecord, putBackOf, totalsOf } from './record.ts'
import { type CallbackState, putRecordsBack, updateActive } from './state.ts'

/** Closes a callback and removes it together with its parameters. The payload contains its cost. */
export function applyUnload(state: CallbackState, op: Op, channel: Channel): Outcome {
  const { id } = op
  const record = state.records.get(id)
  if (record === undefined) {
    if (state.keptParams.delete(id)) {
      return { ok: true, payload: { loaded: false }, old: null, notes: 'only its parameters were stored' }
    }
    // When the history is re-applied, loads of callbacks that were unloaded later are left out, so the unload finds no
    // callback.
    if (channel === 'history') return { ok: true, payload: { loaded: false } }
    return unknown(state, id)
  }
  const before = [...state.records]
  state.records.delete(id)
  const refusal = updateActive(state)
  if (refusal !== null) {
    putRecordsBack(state, before)
    return failed(refusal)
  }
  const old = putBackOf(record)
  const notes = [
    closeRecord(state, record),
    old === null ? 'it belongs to the trainer, so a command cannot load it again' : null,
  ]
  return { ok: true, payload: totalsOf(record), old, notes: joinNotes(notes) }
}

/** Enables a callback again, regardless of why it was stopped. */
export function applyEnable(state: CallbackState, op: Op): Outcome {
  const record = state.records.get(op.id)
  if (record === undefined) return unknown(state, op.id)
  const changes = !record.enabled || record.tripped !== null
  const refusal = change(state, record, { enabled: true, tripped: null, streak: 0 })
  if (refusal !== null) return failed(refusal)
  return {
    ok: true,
    payload: { enabled: true },
    old: changes ? {} : null,
    notes: changes ? null : 'it was already enabled',
  }
}

/** Disables a callback and keeps it loaded. If it had failed, the payload contains the reason and its cost. */
export function applyDisable(state: CallbackState, op: Op): Outcome {
  const record = state.records.get(op.id)
  if (record === undefined) return unknown(state, op.id)
  const { tripped } = record
  const changes = record.enabled
  const refusal = change(state, record, { enabled: false })
  if (refusal !== null) return failed(refusal)
  // The reason is in the note of the submitted op.
  const notes = changes ? null : 'it was already disabled'
  const payload = tripped === null ? { enabled: false } : tripPayload(record, tripped)
  return { ok: true, payload, old: changes ? {} : null, notes }
}

/** Sets all parameters or none. For a callback that is not loaded, they are stored. */
export function applySetParams(state: CallbackState, op: Op): Outcome {
  const params = op.params ?? {}
  if (Object.keys(params).length === 0) return failed('`params` must contain at least one parameter')
  const record = state.records.get(op.id)
  return record === undefined
    ? keepParams(state, op.id, params)
    : guarded(state, record, () => setParams(record, params))
}

function keepParams(state: CallbackState, id: string, params: JsonObject): Outcome {
  const before = state.keptParams.get(id) ?? {}
  state.keptParams.set(id, { ...before, ...params })
  const old = previousOf(params, (name) => before[name])
  return { ok: true, payload: params, old, notes: `stored until \`${id}\` is loaded` }
}

function setParams(record: CallbackRecord, params: JsonObject): Outcome {
  const { callback } = record
  let old: JsonObject | null = null
  try {
    old = previousOf(params, (name) => firstOf(record.params, record.init, name, callback))
    setAll(callback, params)
  } catch (error) {
    return failed(namedMessageOf(error), traceOf(error), putBack(callback, old))
  }
  record.params = { ...record.params, ...params }
  record.firstParams = { ...old, ...record.firstParams }
  const notes = old === null ? 'the previous values are unknown, so this cannot be reverted' : null
  return { ok: true, payload: params, old, notes }
}

// Restores the old parameters, because a setter that threw may have set some of the new ones.
function putBack(callback: HotCallback, old: JsonObject | null): string | null {
  if (old === null || callback.setParams === undefined) return null
  try {
    setAll(callback, old)
    return null
  } catch (error) {
    return `restoring ${Object.keys(old).join(', ')} failed as well: ${namedMessageOf(error)}`
  }
}

function previousOf(params: JsonObject, read: (name: string) => Json | undefined): JsonObject | null {
  const old: Record<string, Json> = {}
  for (const name of Object.keys(params)) {
    const value = read(name)
    if (value === undefined) return null
    old[name] = value
  }
  return old
}

function firstOf(params: JsonObject, init: JsonObject, name: string, callback: HotCallback): Json | undefined {
  if (Object.hasOwn(params, name)) return params[name]
  return Object.hasOwn(init, name) ? init[name] : readParam(callback, name)
}

type Switch = Partial<Pick<CallbackRecord, 'enabled' | 'tripped' | 'streak'>>

/** Enables or disables a callback. If the host does not accept the change, nothing is changed, and the reason is returned. */
function change(state: CallbackState, record: CallbackRecord, to: Switch): string | null {
  const { enabled, tripped, streak } = record
  Object.assign(record, to)
  const refusal = updateActive(state)
  if (refusal === null) return null
  Object.assign(record, { enabled, tripped, streak })
  putRecordsBack(state, [...state.records])
  return refusal
}

function unknown(state: CallbackState, id: string): Outcome {
  const loaded = [...state.records.keys()]
  const near = nearest(id, loaded)
  if (near.length > 0) return failed(`no callback \`${id}\` is loaded: did you mean \`${near.join('` or `')}\`?`)
  const which = loaded.length === 0 ? 'there are no callbacks' : `choose from ${loaded.slice(0, 12).join(', ')}`
  return failed(`no callback \`${id}\` is loaded: ${which}`)
}
