import { type ControlDescription, checkValue, type Json, moduleOfGroup, sameJson } from '@hotcb/protocol'
import type { CommandDraft } from '../../../shared/draft.ts'

/** Values that were changed here and not sent, by key. */
export type Staged = ReadonlyMap<string, Json>

/** Adds a value; one that is what the control has now takes the key out again. */
export function stage(staged: Staged, control: ControlDescription, value: Json, threshold: number): Staged {
  const next = new Map(staged)
  if (
    sameJson(control.current, value, (now, then) => threshold > 0 && Math.abs(then - now) <= Math.abs(now) * threshold)
  )
    next.delete(control.param_key)
  else next.set(control.param_key, value)
  return next
}

/** Why staged values cannot be sent, by key. */
export function issuesOf(staged: Staged, controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  const issues = new Map<string, string>()
  for (const control of controls) {
    const value = staged.get(control.param_key)
    const checked = value === undefined ? undefined : checkValue(control, value)
    if (checked?.ok === false) issues.set(control.param_key, checked.reason)
  }
  return issues
}

/** The commands for all that is staged: one for each module. */
export function draftsOf(
  staged: Staged,
  controls: readonly ControlDescription[],
  when: { readonly at: number | null; readonly note: string },
): CommandDraft[] {
  const modules = new Map<string, Record<string, Json>>()
  for (const control of controls) {
    const value = staged.get(control.param_key)
    if (value === undefined) continue
    const module = moduleOfGroup(control.group)
    modules.set(module, { ...modules.get(module), [control.param_key]: value })
  }
  return [...modules].map(([module, params]) => ({
    module,
    op: 'set_params',
    params,
    ...(when.at !== null && { at: { step: when.at } }),
    ...(when.note !== '' && { note: when.note }),
  }))
}
