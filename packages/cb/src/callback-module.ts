import {
  checkOptions,
  copyJson,
  type Env,
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
import { type CallbackHost, withClosing } from './host.ts'
import { createReports, endHostedPoint, flushClosing } from './hosted.ts'
import { adaptCallback } from './instance.ts'
import { applyLoad, closeLater, closeRecord, failed, place, restoreQuietly, setAll } from './load.ts'
import { applyDisable, applyEnable, applySetParams, applyUnload } from './ops.ts'
import type { CallbackPorts } from './ports.ts'
import { type CallbackRecord, createRecord, statusOf } from './record.ts'
import { type CallbackLimits, type CallbackState, createState, logFor, tellHost, updateActive } from './state.ts'

/** The options for a callback module. */
export interface CallbackModuleOptions extends CallbackLimits {
  /** The trainer's own callbacks, keyed by ID. They are present from the start and are controlled like loaded ones. */
  readonly callbacks?: Readonly<Record<string, HotCallback>>
  /**
   * The interval in milliseconds at which files of loaded callbacks are checked, and reloaded if they have changed; 0: never.
   * @defaultValue 0
   */
  readonly watchMs?: number
  /**
   * Who calls callbacks at events: this module, or the `host`, in its own process. A host counts errors and enforces budgets itself, so it
   * cannot be combined with `maxErrors`, `maxCallMs` or `maxShare`. @defaultValue `module`
   */
  readonly dispatch?: 'module' | 'host'
  /** The host; only used with `dispatch: 'host'`. */
  readonly host?: CallbackHost
}

/** The keys of these options, to reject others. */
export const MODULE_KEYS: OptionKeys<CallbackModuleOptions> = {
  maxErrors: true,
  maxCallMs: true,
  maxShare: true,
  callbacks: true,
  watchMs: true,
  dispatch: true,
  host: true,
}

/**
 * Creates the kernel module `cb`: callbacks that can be loaded, replaced and timed while training continues, and whose
 * errors are contained.
 *
 * `openCallbacks()` in the `/node` entry adds a file loader, a watchdog, and the attribution of stray errors.
 *
 * @throws TypeError for an unknown option, or for one that is incompatible with `dispatch`.
 */
export function createCallbackModule(ports: CallbackPorts, options: CallbackModuleOptions = {}): HotModule {
  checkOptions('createCallbackModule', options, MODULE_KEYS)
  const host = hostOf(options)
  const state = createState(ports, options, host)
  host?.connect(createReports(state))
  const watchMs = options.watchMs ?? 0
  let watchAt = ports.now() + watchMs
  for (const [id, given] of Object.entries(options.callbacks ?? {})) register(state, id, given)

  return {
    name: 'cb',
    attach(context) {
      state.context = context
      if (state.records.size > 0) openGuard(state)
      // If the host rejects the list, that is logged, and the host receives the list again after the first safe point.
      updateActive(state)
    },
    applyOp(op, context): Outcome {
      if (op.op === 'load') return applyLoad(state, op, context)
      if (op.op === 'unload') return applyUnload(state, op, context.channel)
      if (op.op === 'enable') return applyEnable(state, op)
      if (op.op === 'disable') return applyDisable(state, op)
      if (op.op === 'set_params') return applySetParams(state, op)
      return failed(`\`op\` must be one of load, unload, enable, disable, set_params, got \`${op.op}\``)
    },
    ...(host === null ? { onEvent: (event: string, env: Env) => dispatch(state, event, env) } : { listens: () => [] }),
    onSafePoint(env) {
      if (host !== null) endHostedPoint(state, env.step)
      if (state.records.size === 0) return
      if (host === null) endSafePoint(state, env)
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
      if (host !== null) stopHosted(state)
      for (const record of new Set([...state.records.values(), ...state.registered.values()])) closeLast(state, record)
      flushClosing(state)
      state.records.clear()
      state.registered.clear()
      updateActive(state)
      ports.guard.close()
    },
  }
}

function hostOf({ dispatch: by = 'module', host, ...others }: CallbackModuleOptions): CallbackHost | null {
  if (by !== 'module' && by !== 'host') throw new TypeError(`\`dispatch\` must be module or host, got ${show(by)}`)
  if (by === 'module') {
    if (host !== undefined) throw new TypeError("`host` is only used with `dispatch: 'host'`")
    return null
  }
  if (host === undefined) throw new TypeError("`dispatch: 'host'` needs the option `host`")
  const limit = (['maxErrors', 'maxCallMs', 'maxShare'] as const).find((name) => others[name] !== undefined)
  if (limit === undefined) return host
  throw new TypeError(
    `\`${limit}\` cannot be combined with \`dispatch: 'host'\`: the host counts errors and enforces budgets`,
  )
}

// Stops all of the host's callbacks before closing any of them.
function stopHosted(state: CallbackState): void {
  state.active = []
  const refusal = tellHost(state)
  if (refusal !== null) state.context?.log(`callbacks: ${refusal}`)
}

function closeLast(state: CallbackState, record: CallbackRecord): void {
  const asked = closeLater(state, record)
  if (asked === null) contain(state, record, 'close', (callback) => callback.close?.())
  else if (asked !== '') logFor(state, record.id, asked)
}

function register(state: CallbackState, id: string, given: HotCallback): void {
  const callback = adaptCallback(given, id)
  const from = { target: null, init: {}, capture: null, look: null, params: {}, enabled: true }
  const record = createRecord({ caller: createCaller(state, id), callback, ...from })
  state.registered.set(id, record)
  place(state, record)
}

/**
 * Resets the module to its state at registration: loaded callbacks are removed, and the trainer's own callbacks restart
 * with their own values.
 */
function resetAll(state: CallbackState): void {
  state.keptParams.clear()
  state.keptSnapshots.clear()
  const loaded = [...state.records.values()].filter(({ target }) => target !== null)
  state.records.clear()
  for (const record of state.registered.values()) {
    const { firstParams } = record
    if (Object.keys(firstParams).length > 0)
      contain(state, record, 'setParams', (callback) => setAll(callback, firstParams))
    Object.assign(record, { params: {}, firstParams: {}, enabled: true, tripped: null, streak: 0 })
    state.records.set(record.id, record)
  }
  updateActive(state)
  for (const record of loaded) {
    const note = closeRecord(state, record)
    if (note !== null && note !== '') logFor(state, record.id, note)
  }
}

function reloadChanged(state: CallbackState): void {
  for (const record of state.records.values()) {
    const { look, target, init, enabled, tripped } = record
    if (look === null || target === null) continue
    const seen = look()
    if (seen === 'gone') logFor(state, record.id, `\`${target.path}\` was deleted: the loaded code keeps running`)
    if (seen !== 'changed') continue
    state.context?.submit({
      module: 'cb',
      op: 'load',
      id: record.id,
      target,
      init,
      // A callback that was disabled because of an error and then changed runs again. One that was disabled by a command stays
      // disabled.
      enabled: enabled || tripped !== null,
      note: `\`${target.path}\` changed`,
    })
  }
}

function statusOfAll(state: CallbackState): Json {
  const status: Record<string, Json> = {}
  for (const record of state.records.values()) status[record.id] = statusOf(record)
  for (const [id, params] of state.keptParams) status[id] = { enabled: false, loaded: false, last_params: params }
  const closing = new Map<string, number>()
  for (const { id } of state.closing.values()) closing.set(id, (closing.get(id) ?? 0) + 1)
  for (const [id, count] of closing) status[id] = withClosing(status[id] as JsonObject | undefined, count)
  return status
}

/** Returns the private state: the callbacks' state, and the disabled callbacks that do not have a ledger line yet. */
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

// Copies a snapshot as JSON, because a value that is not JSON would make the checkpoint of the whole run fail.
function readSnapshot(own: unknown): Json {
  if (own instanceof Promise) {
    own.catch(() => {})
    throw new TypeError('it must return JSON synchronously, got a promise')
  }
  const copy = copyJson(own, { levels: MAX_DEPTH - SNAPSHOT_LEVELS })
  if (!copy.ok) throw new TypeError(copy.reason)
  return copy.value
}

// The nesting levels that a callback's snapshot may have at its position in `meta.json`: {modules: {cb: {callbacks: {id: here}}}}.
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
