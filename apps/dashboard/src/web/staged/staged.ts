import {
  type ControlDescription,
  type ControlsByKey,
  checkParams,
  checkValue,
  controlsByKey,
  type Json,
  moduleOfGroup,
  sameJson,
} from '@hotcb/protocol'
import type { CommandDraft } from '../../shared/draft.ts'

/** A value that was changed on the page but not sent. */
export interface StagedValue {
  readonly value: Json
  /** The control's value when the person last edited it. The command is applied only if the control still has this value. */
  readonly seen: Json
}

/** All staged values by key, in the order in which they were staged. A ramp has the key `ramps.KEY`. */
export type Staged = ReadonlyMap<string, StagedValue>

/**
 * Stages a value. If the control already has the value, or one whose relative difference is at most `threshold`, its key is removed. If the
 * value is already staged, nothing changes: `seen` remains the value that the person saw when they chose it.
 */
export function stage(staged: Staged, control: ControlDescription, value: Json, threshold: number): Staged {
  const { param_key: key, current } = control
  const held = staged.get(key)
  const next = new Map(staged)
  const isSame = sameJson(
    current,
    value,
    (now, then) => threshold > 0 && Math.abs(then - now) <= Math.abs(now) * threshold,
  )
  if (isSame) next.delete(key)
  else if (held === undefined || !sameJson(held.value, value)) next.set(key, { value, seen: current })
  // Setting a value ends a ramp, so both cannot be requested.
  next.delete(rampKey(key))
  return next
}

/** Stages a ramp of a control; null ends the running ramp. */
export function stageRamp(staged: Staged, control: ControlDescription, ramp: Json): Staged {
  const { param_key: key, ramp: running = null } = control
  const next = new Map(staged)
  next.delete(key)
  next.set(rampKey(key), { value: ramp, seen: running })
  return next
}

const RAMP = 'ramps.'

function rampKey(key: string): string {
  return `${RAMP}${key}`
}

/** Returns the key of the control changed by a staged key. */
export function controlKey(key: string): string {
  return key.startsWith(RAMP) ? key.slice(RAMP.length) : key
}

/** Removes one key. */
export function unstage(staged: Staged, key: string): Staged {
  const next = new Map(staged)
  next.delete(key)
  return next
}

/** Returns the keys of controls that no longer have the value that the person saw. */
export function movedKeys(staged: Staged, controls: readonly ControlDescription[]): ReadonlySet<string> {
  const seen = controls.flatMap(seenNow)
  return new Set(
    seen.flatMap(([key, now]) => {
      const held = staged.get(key)
      return held !== undefined && !sameJson(held.seen, now, isClose) ? [key] : []
    }),
  )
}

/** Returns a control's visible state: its value and its ramp. */
function seenNow({ param_key: key, current, ramp = null }: ControlDescription): readonly (readonly [string, Json])[] {
  return [
    [key, current],
    [rampKey(key), ramp],
  ]
}

// The same comparison as the kernel's for `expect`.
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
}

/** Returns the same changes, with the controls' current values as `seen`. */
export function review(staged: Staged, controls: readonly ControlDescription[]): Staged {
  const next = new Map(staged)
  for (const [key, now] of controls.flatMap(seenNow)) {
    const held = next.get(key)
    if (held !== undefined) next.set(key, { value: held.value, seen: now })
  }
  return next
}

/** Why staged values cannot be sent, keyed by control. */
export function issuesOf(staged: Staged, controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  const issues = new Map<string, string>()
  // Without known controls, nothing can be checked.
  if (controls.length === 0) return issues
  const byKey = controlsByKey(controls)
  for (const [key, { value }] of staged) {
    const issue = issueOf(key, value, byKey)
    if (issue !== undefined) issues.set(key, issue)
  }
  return issues
}

function issueOf(key: string, value: Json, controls: ControlsByKey): string | undefined {
  const control = controls.get(controlKey(key))
  if (control === undefined) return 'is not a control of this trainer'
  if (control.param_key !== key) return checkParams({ [key]: value }, controls)?.reason
  const checked = checkValue(control, value)
  return checked.ok ? undefined : checked.reason
}

/** When to apply staged changes, and the reason. */
export interface SendPlan {
  /** The step; null for the next safe point. */
  readonly at: number | null
  readonly note: string
  /** Keys of controls that the trainer itself changes. `expect` cannot contain a value for them. */
  readonly moving: ReadonlySet<string>
}

/**
 * Returns the commands for all staged values, one per module. Each is applied only if the controls still have the values that the
 * person saw.
 */
export function draftsOf(staged: Staged, controls: readonly ControlDescription[], plan: SendPlan): CommandDraft[] {
  const { at, note, moving } = plan
  const modules = new Map<string, { readonly params: Record<string, Json>; readonly expect: Record<string, Json> }>()
  for (const { param_key: key, group } of controls) {
    const held = staged.get(key)
    const ramp = staged.get(rampKey(key))
    if (held === undefined && ramp === undefined) continue
    const module = moduleOfGroup(group)
    const { params, expect } = modules.get(module) ?? { params: {}, expect: {} }
    modules.set(module, { params, expect })
    if (ramp !== undefined) params[rampKey(key)] = ramp.value
    if (held === undefined) continue
    params[key] = held.value
    // The kernel cannot compare a key that it does not know.
    if (held.seen !== null && !moving.has(key)) expect[key] = held.seen
  }
  return [...modules].map(([module, { params, expect }]) => ({
    module,
    op: 'set_params',
    params,
    ...(Object.keys(expect).length > 0 && { expect }),
    ...(at !== null && { at: { step: at } }),
    ...(note !== '' && { note }),
  }))
}
