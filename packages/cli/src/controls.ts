import { readFileSync } from 'node:fs'
import { type ControlDescription, isObject, moduleOfGroup, parseJson } from '@hotcb/protocol'
import type { Run } from './run.ts'

/** The controls that the trainer describes in `hotcb.actuators.json`; none while there is no such document. */
export function readControls(run: Run): readonly ControlDescription[] {
  let text: string
  try {
    text = readFileSync(run.path('actuators'), 'utf8')
  } catch {
    // Not there yet, or not for us to see: routing falls back on the keys that every trainer has.
    return []
  }
  const parsed = parseJson(text)
  if (!parsed.ok || !isObject(parsed.value) || !Array.isArray(parsed.value['controls'])) return []
  return parsed.value['controls'].filter(isControl)
}

/** The module of each control, by key. */
export function moduleByKey(controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  return new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
}

function isControl(value: unknown): value is ControlDescription {
  return isObject(value) && typeof value['param_key'] === 'string' && typeof value['group'] === 'string'
}
