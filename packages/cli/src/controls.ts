import { readFileSync } from 'node:fs'
import {
  type ControlDescription,
  isNumberText,
  isObject,
  type Json,
  moduleOfGroup,
  parseJson,
  show,
} from '@hotcb/protocol'
import { usageError } from './errors.ts'
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

/**
 * Refuses a single value of a kind that its control never takes, before it is queued for a trainer that would refuse it.
 * Bounds, lists and ramps are the trainer's to judge.
 */
export function requireKinds(params: Readonly<Record<string, Json>>, controls: readonly ControlDescription[]): void {
  for (const [key, value] of Object.entries(params)) {
    const control = controls.find(({ param_key: name }) => name === key || `${name}_w` === key)
    const right =
      control === undefined || (typeof value === 'object' && value !== null) ? null : kindMissed(control, value)
    if (right !== null) throw usageError(`\`${key}\` must be ${right}, got ${show(value)}`)
  }
}

function kindMissed({ type, choices }: ControlDescription, value: Json): string | null {
  if (type === 'bool') return typeof value === 'boolean' ? null : 'true or false'
  if (type === 'choice' && choices !== null) {
    return choices.includes(value) ? null : `one of ${choices.map((choice) => show(choice)).join(', ')}`
  }
  if (type !== 'int' && type !== 'float' && type !== 'log_float') return null
  return typeof value === 'number' || (typeof value === 'string' && isNumberText(value.trim())) ? null : 'a number'
}

function isControl(value: unknown): value is ControlDescription {
  return isObject(value) && typeof value['param_key'] === 'string' && typeof value['group'] === 'string'
}
