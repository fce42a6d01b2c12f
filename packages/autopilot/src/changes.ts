import { BUILT_IN_TABLE, type ControlDescription, isObject, type Json, type LedgerLine } from '@hotcb/protocol'
import { isAutopilotSource } from './autopilot-source.ts'

/**
 * The control changes in the ledger: when each control was changed, and its anchor, the value from which the drift of automatic changes is
 * measured.
 */
export interface Changes {
  take(line: LedgerLine, clock: number): void
  /** Records the values at the start, before any change. */
  begin(controls: readonly ControlDescription[]): void
  readonly hasBegun: boolean
  /** Returns the engine's computed steps at the last change of any of these controls; undefined if there was none. */
  lastClock(keys: readonly string[]): number | undefined
  /** The step of the last change of any control; undefined if there was none. */
  readonly lastStep: number | undefined
  /** Returns the value at the start, or the last value that a person set or approved. */
  anchor(key: string): Json | undefined
  /** Makes a value the anchor for automatic changes, because an approved rescue has set it. */
  setAnchor(key: string, value: Json): void
  snapshot(): Json
  restore(saved: Json): void
}

/** Keys that set the same rate. */
const RATES: readonly string[] = ['lr', 'scheduler_scale', 'scheduler_drop']

export function createChanges(): Changes {
  const clocks = new Map<string, number>()
  const anchors = new Map<string, Json>()
  let lastStep: number | undefined
  let hasBegun = false
  return {
    take(line, clock) {
      const values = changedBy(line)
      if (values === undefined) return
      lastStep = line.step ?? lastStep
      const isPerson = !isAutopilotSource(line.source) || line.author !== null
      for (const [key, value] of Object.entries(values)) {
        clocks.set(key, clock)
        if (isPerson) anchors.set(key, value)
      }
    },
    begin(controls) {
      hasBegun = true
      for (const { param_key: key, current } of controls) if (!anchors.has(key)) anchors.set(key, current)
    },
    get hasBegun() {
      return hasBegun
    },
    lastClock(keys) {
      const all = keys.some((key) => RATES.includes(key)) ? [...keys, ...RATES] : keys
      const found = all.flatMap((key) => clocks.get(key) ?? [])
      return found.length === 0 ? undefined : Math.max(...found)
    },
    get lastStep() {
      return lastStep
    },
    anchor: (key) => anchors.get(key),
    setAnchor: (key, value) => void anchors.set(key, value),
    snapshot: () => ({
      clocks: Object.fromEntries(clocks),
      anchors: Object.fromEntries(anchors),
      last_step: lastStep ?? null,
    }),
    restore(saved) {
      if (!isObject(saved)) return
      fill(clocks, saved['clocks'], (value) => (typeof value === 'number' ? value : undefined))
      // The content of a snapshot is JSON.
      fill(anchors, saved['anchors'], (value) => value as Json)
      hasBegun = anchors.size > 0
      const step = saved['last_step']
      if (typeof step === 'number') lastStep = step
    },
  }
}

function fill<Value>(map: Map<string, Value>, saved: unknown, read: (value: unknown) => Value | undefined): void {
  for (const [key, given] of Object.entries(isObject(saved) ? saved : {})) {
    const value = read(given)
    if (value !== undefined) map.set(key, value)
  }
}

/** Returns the values that a ledger line set; undefined if it set none. */
function changedBy({ op, module, decision, payload, params }: LedgerLine): Readonly<Record<string, Json>> | undefined {
  if (decision !== 'applied' || module === 'core' || (op !== 'set_params' && op !== 'set')) return undefined
  const values = payload ?? params
  if (values === null) return undefined
  // A registered control is set by its path.
  if (typeof values['key'] === 'string' && 'value' in values) return { [values['key']]: values['value'] ?? null }
  return BUILT_IN_TABLE.isControls(module) ? values : undefined
}
