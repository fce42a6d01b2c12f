import type { Json, JsonObject, ModuleContext } from '@hotcb/protocol'
import type { EnvVoice } from './env-view.ts'
import type { CallbackPorts } from './ports.ts'
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
}

/** A state with nothing loaded. */
export function createState(ports: CallbackPorts, limits: CallbackLimits): CallbackState {
  const { maxErrors = 1, maxCallMs = Number.POSITIVE_INFINITY, maxShare = Number.POSITIVE_INFINITY } = limits
  for (const [name, value] of Object.entries({ maxErrors, maxCallMs, maxShare })) {
    if (!(value >= 0)) throw new RangeError(`\`${name}\` must be a number >= 0, got ${value}`)
  }
  return {
    ports,
    limits: { maxErrors, maxCallMs, maxShare },
    records: new Map(),
    registered: new Map(),
    keptParams: new Map(),
    keptSnapshots: new Map(),
    active: [],
    context: null,
    voice: null,
    step: 0,
    safePoints: 0,
    windowStartedMs: ports.now(),
  }
}

/** Works out anew who runs; called after every change. */
export function updateActive(state: CallbackState): void {
  state.active = [...state.records.values()].filter((record) => record.enabled && record.tripped === null)
}

/** Writes to the run's log under a callback's name, each line of it. */
export function logFor(state: CallbackState, id: string, message: string): void {
  for (const line of message.split('\n')) state.context?.log(`[cb ${id}] ${line}`)
}
