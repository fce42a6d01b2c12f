import {
  checkOptions,
  copyJson,
  type HotModule,
  isObject,
  type Json,
  type JsonObject,
  MAX_DEPTH,
  namedMessageOf,
  type OptionKeys,
  type Outcome,
  show,
} from '@hotcb/protocol'
import type { HotCallback } from './callback.ts'
import { dispatch, endSafePoint } from './dispatch.ts'
import { tripAgain } from './failure.ts'
import { createCaller, guarded, openGuard } from './guarded.ts'
import { adaptCallback } from './instance.ts'
import { applyLoad, closeRecord, failed, replace, restoreQuietly, setAll } from './load.ts'
import { applyDisable, applyEnable, applySetParams, applyUnload } from './ops.ts'
import type { CallbackPorts } from './ports.ts'
import { type CallbackRecord, createRecord, statusOf } from './record.ts'
import { type CallbackLimits, type CallbackState, createState, logFor, updateActive } from './state.ts'

/** How a callback module behaves. */
export interface CallbackModuleOptions extends CallbackLimits {
  /** Callbacks of the trainer's own, by id: there from the start, and commanded like those that are loaded. */
  readonly callbacks?: Readonly<Record<string, HotCallback>>
  /** How often files of loaded callbacks are looked at, to reload those that changed; 0: never. @defaultValue 0 */
  readonly watchMs?: number
}

/** Its keys, to refuse others. */
export const MODULE_KEYS: OptionKeys<CallbackModuleOptions> = {
  maxErrors: true,
  maxCallMs: true,
  maxShare: true,
  callbacks: true,
  watchMs: true,
}

/**
 * The kernel module `cb`: callbacks that are loaded, swapped, timed and contained while training goes on.
 *
 * `callbacks()` of the `/node` entry gives it a loader of files, a watchdog, and the attribution of stray errors.
 *
 * @throws TypeError for an option that does not exist.
 */
export function createCallbackModule(ports: CallbackPorts, options: CallbackModuleOptions = {}): HotModule {
  checkOptions('createCallbackModule', options, MODULE_KEYS)
  const state = createState(ports, options)
  const watchMs = options.watchMs ?? 0
  let watchAt = ports.now() + watchMs
  for (const [id, given] of Object.entries(options.callbacks ?? {})) register(state, id, given)

  return {
    name: 'cb',
    attach(context) {
      state.context = context
      if (state.records.size > 0) openGuard(state)
    },
    applyOp(op, context): Outcome {
      if (op.op === 'load') return applyLoad(state, op, context)
      if (op.op === 'unload') return applyUnload(state, op, context.channel)
      if (op.op === 'enable') return applyEnable(state, op)
      if (op.op === 'disable') return applyDisable(state, op)
      if (op.op === 'set_params') return applySetParams(state, op)
      return failed(`\`op\` must be one of load, unload, enable, disable, set_params, got \`${op.op}\``)
    },
    onEvent: (event, env) => dispatch(state, event, env),
    onSafePoint(env) {
      if (state.records.size === 0) return
      endSafePoint(state, env)
      if (watchMs === 0) return
      const now = ports.now()
      if (now < watchAt) return
      watchAt = now + watchMs
      reloadChanged(state)
    },
    status: () => statusOfAll(state),
    flush: () => each(state, 'flush', (callback) => callback.flush?.()),
    snapshot: () => snapshotOf(state),
    restore: (snapshot) => restoreAll(state, snapshot),
    reset: () => resetAll(state),
    close() {
      for (const record of new Set([...state.records.values(), ...state.registered.values()])) {
        contain(state, record, 'close', (callback) => callback.close?.())
      }
      state.records.clear()
      state.registered.clear()
      updateActive(state)
      ports.guard.close()
    },
  }
}

function register(state: CallbackState, id: string, given: HotCallback): void {
  const callback = adaptCallback(given, id)
  const from = { target: null, init: {}, capture: null, look: null, params: {}, enabled: true }
  const record = createRecord({ caller: createCaller(state, id), callback, ...from })
  state.registered.set(id, record)
  replace(state, record)
}

/** Back to how it was registered: what was loaded goes, what code handed over starts again with its own values. */
function resetAll(state: CallbackState): void {
  state.keptParams.clear()
  state.keptSnapshots.clear()
  for (const record of state.records.values()) {
    const note = record.target === null ? null : closeRecord(state, record)
    if (note !== null) logFor(state, record.id, note)
  }
  state.records.clear()
  for (const record of state.registered.values()) {
    const { firstParams } = record
    if (Object.keys(firstParams).length > 0)
      contain(state, record, 'setParams', (callback) => setAll(callback, firstParams))
    Object.assign(record, { params: {}, firstParams: {}, enabled: true, tripped: null, streak: 0 })
    state.records.set(record.id, record)
  }
  updateActive(state)
}

function reloadChanged(state: CallbackState): void {
  for (const record of state.records.values()) {
    const { look, target, init, enabled, tripped } = record
    if (look === null || target === null) continue
    const seen = look()
    if (seen === 'gone') logFor(state, record.id, `\`${target.path}\` is gone: what was loaded from it goes on`)
    if (seen !== 'changed') continue
    state.context?.submit({
      module: 'cb',
      op: 'load',
      id: record.id,
      target,
      init,
      // What failed and was changed gets another chance; what somebody disabled stays so.
      enabled: enabled || tripped !== null,
      note: `\`${target.path}\` changed`,
    })
  }
}

function statusOfAll(state: CallbackState): Json {
  const status: Record<string, Json> = {}
  for (const record of state.records.values()) status[record.id] = statusOf(record)
  for (const [id, params] of state.keptParams) status[id] = { enabled: false, loaded: false, last_params: params }
  return status
}

/** Private state: what the callbacks keep, and who had been taken out with no line in the ledger yet. */
function snapshotOf(state: CallbackState): Json {
  const callbacks: Record<string, Json> = {}
  each(state, 'snapshot', (callback, id) => {
    const own = callback.snapshot?.()
    if (own !== undefined) callbacks[id] = readSnapshot(own)
  })
  const tripped: Record<string, Json> = {}
  for (const { id, enabled, tripped: reason } of state.records.values())
    if (enabled && reason !== null) tripped[id] = reason
  return { callbacks, tripped }
}

// A copy as it will be written: what is no JSON would fail the checkpoint of the whole run.
function readSnapshot(own: unknown): Json {
  if (own instanceof Promise) {
    own.catch(() => {})
    throw new TypeError('it must give JSON at once, got a promise')
  }
  const copy = copyJson(own, { levels: MAX_DEPTH - SNAPSHOT_LEVELS })
  if (!copy.ok) throw new TypeError(copy.reason)
  return copy.value
}

// How deep it stands in the `meta.json` of a checkpoint: {modules: {cb: {callbacks: {id: here}}}}.
const SNAPSHOT_LEVELS = 4

function restoreAll(state: CallbackState, snapshot: Json): void {
  const { callbacks, tripped } = isObject(snapshot) ? snapshot : {}
  for (const [id, own] of Object.entries(isObject(callbacks) ? (callbacks as JsonObject) : {})) {
    const record = state.records.get(id)
    if (record === undefined) state.keptSnapshots.set(id, own)
    else restoreQuietly(state, record, own)
  }
  for (const [id, reason] of Object.entries(isObject(tripped) ? tripped : {})) {
    const record = state.records.get(id)
    if (record !== undefined) tripAgain(state, record, typeof reason === 'string' ? reason : show(reason))
  }
}

function each(state: CallbackState, doing: string, call: (callback: HotCallback, id: string) => void): void {
  for (const record of state.records.values()) contain(state, record, doing, call)
}

function contain(
  state: CallbackState,
  record: CallbackRecord,
  doing: string,
  call: (callback: HotCallback, id: string) => void,
): void {
  const { callback, id } = record
  try {
    guarded(state, record, () => call(callback, id))
  } catch (error) {
    logFor(state, id, `\`${doing}\` threw: ${namedMessageOf(error)}`)
  }
}
