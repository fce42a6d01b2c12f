import { type ControlDescription, checkCommand, controlsByKey, type Json, moduleOfGroup } from '@hotcb/protocol'
import { usageError } from './errors.ts'
import type { Run } from './run.ts'

/** The controls that the trainer describes in `hotcb.actuators.json`; none while there is no such document. */
export function readControls(run: Run): readonly ControlDescription[] {
  try {
    return run.document('actuators').value?.controls ?? []
  } catch {
    // Not for us to see: routing falls back on the keys that every trainer has.
    return []
  }
}

/** The module of each control, by key. */
export function moduleByKey(controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  return new Map(controls.map((control) => [control.param_key, moduleOfGroup(control.group)]))
}

/**
 * Refuses a value that its control would not accept, before it is queued for a trainer that would refuse it.
 *
 * @throws `CliError` `usage`: the key, the value and what would be right.
 */
export function requireFit(
  module: string,
  params: Readonly<Record<string, Json>>,
  controls: readonly ControlDescription[],
): void {
  const byKey = controlsByKey(controls)
  // In a recipe a null leaves a value as it is; nobody types one for that, so each is judged by itself.
  const nulls = Object.entries(params).flatMap(([key, value]) => (value === null ? [{ [key]: value }] : []))
  for (const asked of [params, ...nulls]) {
    const problem = checkCommand({ module, op: 'set_params', params: asked }, byKey, { lenient: true })
    if (problem !== null) throw usageError(problem.reason)
  }
}
