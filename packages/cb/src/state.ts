import { type Json, type JsonObject, type ModuleContext, messageOf } from '@hotcb/protocol'
import type { EnvAdditions } from './env-view.ts'
import type { CallbackHost } from './host.ts'
import type { CallbackPorts, Caller } from './ports.ts'
import type { CallbackRecord } from './record.ts'

/** When a callback is disabled. */
export interface CallbackLimits {
  /** The number of consecutive errors after which it is disabled; 0 for never. @defaultValue 1 */
  readonly maxErrors?: number
  /** A call longer than this many milliseconds disables it. @defaultValue none */
  readonly maxCallMs?: number
  /** A share of the wall time, from 0 to 1. Exceeding it over 100 safe points disables the callback. @defaultValue none */
  readonly maxShare?: number
}

/** The shared state of one callback module. */
export interface CallbackState {
  readonly ports: CallbackPorts
  readonly limits: Required<CallbackLimits>
  readonly records: Map<string, CallbackRecord>
  /** The trainer's own callbacks, including unloaded and replaced ones, because the module must not close them. */
  readonly registered: Map<string, CallbackRecord>
  /** Parameters that were set before the load. */
  readonly keptParams: Map<string, JsonObject>
  /** Snapshots of callbacks that are not loaded yet. */
  readonly keptSnapshots: Map<string, Json>
  /** The callbacks that run at the next event, in loading order. */
  active: readonly CallbackRecord[]
  context: ModuleContext | null
  /** The methods of all env views; null until the first view is created. */
  voice: EnvAdditions | null
  step: number
  safePoints: number
  windowStartedMs: number
  /** The host that runs the callbacks instead of this module; null if there is none. */
  readonly host: CallbackHost | null
  /** The last list that the host accepted; null if it did not accept the last one. */
  told: readonly CallbackRecord[] | null
  /** Why the host did not accept the list, as logged. */
  refusal: string | null
  /** Instances that the host must close and has not confirmed, keyed by number. */
  readonly closing: Map<number, Caller>
}

/** Creates a state with nothing loaded. */
export function createState(ports: CallbackPorts, limits: CallbackLimits, host: CallbackHost | null): CallbackState {
  const { maxErrors = 1, maxCallMs = Number.POSITIVE_INFINITY, maxShare = Number.POSITIVE_INFINITY } = limits
  for (const [name, value] of Object.entries({ maxErrors, maxCallMs, maxShare })) {
    if (!(value >= 0)) throw new RangeError(`\`${name}\` must be a number >= 0, got ${value}`)
  }
  const active: readonly CallbackRecord[] = []
  return {
    ports,
    limits: { maxErrors, maxCallMs, maxShare },
    records: new Map(),
    registered: new Map(),
    keptParams: new Map(),
    keptSnapshots: new Map(),
    active,
    context: null,
    voice: null,
    step: 0,
    safePoints: 0,
    windowStartedMs: ports.now(),
    host,
    told: active,
    refusal: null,
    closing: new Map(),
  }
}

/**
 * Computes which callbacks run, and passes the list to the host; called after every change.
 *
 * @returns Why the host did not accept the list, or null. The host receives it again after the next safe point.
 */
export function updateActive(state: CallbackState): string | null {
  state.active = [...state.records.values()].filter((record) => record.enabled && record.tripped === null)
  return state.host === null ? null : tellHost(state)
}

/** Passes the list to the host if it has changed. Returns the reason if the host throws. */
export function tellHost(state: CallbackState): string | null {
  const { active, context, host, told } = state
  // Nothing runs before the module is attached to a kernel.
  if (host === null || context === null) return null
  const isSame = told !== null && told.length === active.length && told.every((record, i) => record === active[i])
  state.told = active
  if (isSame) return null
  try {
    host.run(active.map(({ id, number }) => ({ id, number })))
    return null
  } catch (error) {
    state.told = null
    return `the host did not accept the change: ${messageOf(error)}`
  }
}

/** Restores the records from before a change that the host did not accept. */
export function putRecordsBack(state: CallbackState, before: readonly (readonly [string, CallbackRecord])[]): void {
  state.records.clear()
  for (const [id, record] of before) state.records.set(id, record)
  state.active = [...state.records.values()].filter((record) => record.enabled && record.tripped === null)
}

/** Writes each line of a message to the run's log under a callback's name. */
export function logFor(state: CallbackState, id: string, message: string): void {
  for (const line of message.split('\n')) state.context?.log(`[cb ${id}] ${line}`)
}
