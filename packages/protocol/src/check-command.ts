import { type ControlsByKey, checkParams, type ParamsPlace, type ParamsProblem } from './check-params.ts'
import { BUILT_IN_TABLE } from './descriptor/built-in.ts'
import { isObject, type JsonObject } from './json.ts'

/** The part of a command, or of a recipe entry, that sets values of controls. */
export interface AskedValues {
  readonly module: string
  readonly op: string
  readonly params?: JsonObject | null
}

/**
 * Checks a command against the controls of a run before it is written: the values of `set_params`, and those that a
 * `core checkpoint load` sets. Returns the first problem; null if there is none, and for ops of modules without controls.
 */
export function checkCommand(
  { module, op, params }: AskedValues,
  controls: ControlsByKey,
  place: ParamsPlace = {},
): ParamsProblem | null {
  if (!isParams(params)) return null
  if (op === 'set_params')
    return (place.table ?? BUILT_IN_TABLE).isControls(module) ? checkParams(params, controls, place) : null
  if (module !== 'core' || op !== 'checkpoint' || !isParams(params['set'])) return null
  for (const [name, set] of Object.entries(params['set'])) {
    const prefix = `${place.prefix ?? ''}set.${name}.`
    // Relative values would refer to the current ones, which the load replaces.
    const problem = isParams(set) ? checkParams(set, controls, { ...place, prefix, relative: false }) : null
    if (problem !== null) return { ...problem, key: 'set' }
  }
  return null
}

function isParams(value: unknown): value is JsonObject {
  return isObject(value)
}
