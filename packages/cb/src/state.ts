import { type Json, type JsonObject, type ModuleContext, messageOf } from '@hotcb/protocol'
import type { EnvVoice } from './env-view.ts'
import type { CallbackHost } from './host.ts'
import type { CallbackPorts, Caller } from './ports.ts'
import type { CallbackRecord } from './record.ts'

/** When a callback is taken out. */
export interface CallbackLimits {
  /** Errors in a row after which it is disabled; 0: never. @defaultValue 1 */
  readonly maxErrors?: number
  /** One call longer than this many milliseconds disables it. @defaultValue none */
  readonly maxCallMs?: number
  /** A larger part of the wall time of 100 safe points disables it, 0 to 1. @defaultValue none */
  readonly maxShare?: number
}

/** What the parts of one callback module share. */
export interface CallbackState {
  readonly ports: CallbackPorts
  readonly limits: Required<CallbackLimits>
  readonly records: Map<string, CallbackRecord>
  /** Those that the trainer's code handed over, also while they are unloaded or replaced: they are not ours to close. */
  readonly registered: Map<string, CallbackRecord>
  /** Parameters that came before the load. */
  readonly keptParams: Map<string, JsonObject>
  /** Snapshots of callbacks that are not loaded yet. */
  readonly keptSnapshots: Map<string, Json>
  /** Those that run at the next event, in order of loading. */
  active: readonly CallbackRecord[]
  context: ModuleContext | null
  /** What the views of all envs speak with; made at the first. */
  voice: EnvVoice | null
  step: number
  safePoints: number
  windowStartedMs: number
  /** Who runs the callbacks instead of this module. */
  readonly host: CallbackHost | null
  /** The list that the host has taken last. Null: it did not take the last one. */
  told: readonly CallbackRecord[] | null
  /** Why the host did not take the list, as it was logged. */
  refusal: string | null
  /** Instances that the host was asked to close and has not confirmed, by number. */
  readonly closing: Map<number, Caller>
}

/** A state with nothing loaded. */
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
 * Works out who runs, and tells the host; called after every change.
 *
 * @returns Why the host did not take it, or null. It is told again after the next safe point.
 */
export function updateActive(state: CallbackState): string | null {
  state.active = [...state.records.values()].filter((record) => record.enabled && record.tripped === null)
  return state.host === null ? null : tellHost(state)
}

/** Tells the host who runs, where that has changed. Gives the reason when it throws. */
export function tellHost(state: CallbackState): string | null {
  const { active, context, host, told } = state
  // Before it is attached to a kernel nothing runs.
  if (host === null || context === null) return null
  const isSame = told !== null && told.length === active.length && told.every((record, i) => record === active[i])
  state.told = active
  if (isSame) return null
  try {
    host.run(active.map(({ id, number }) => ({ id, number })))
    return null
  } catch (error) {
    state.told = null
    return `the host did not take the change: ${messageOf(error)}`
  }
}

/** Puts the records back as they were before a change that the host did not take. */
export function putRecordsBack(state: CallbackState, before: readonly (readonly [string, CallbackRecord])[]): void {
  state.records.clear()
  for (const [id, record] of before) state.records.set(id, record)
  state.active = [...state.records.values()].filter((record) => record.enabled && record.tripped === null)
}

/** Writes to the run's log under a callback's name, each line of it. */
export function logFor(state: CallbackState, id: string, message: string): void {
  for (const line of message.split('\n')) state.context?.log(`[cb ${id}] ${line}`)
}
