import { type JsonObject, moduleOfGroup, type Op, ok, type Result, refused, show } from '@hotcb/protocol'
import type { Actuator } from './actuator.ts'
import type { Cell } from './cell.ts'
import type { Change, Plan } from './plan.ts'
import { findControl, type Registry } from './registry.ts'

/** Plans `enable` or `disable` for `params.key`, for the control with that `id`, or for all controls of the module. */
export function planSwitch(registry: Registry, cells: ReadonlyMap<Actuator, Cell>, op: Op): Result<Plan> {
  const controls = switched(registry, op)
  if (!controls.ok) return controls
  const enabled = op.op === 'enable'
  const changes: Change[] = []
  for (const actuator of new Set(controls.value)) {
    const cell = cells.get(actuator)
    if (cell !== undefined && cell.enabled !== enabled) changes.push({ actuator, cell: { ...cell, enabled } })
  }
  const payload = keysParam(controls.value.map((actuator) => actuator.key))
  const changed = changes.map(({ actuator }) => actuator.key)
  return ok({ changes, payload, old: changed.length > 0 ? keysParam(changed) : null })
}

function switched(registry: Registry, op: Op): Result<readonly Actuator[]> {
  const asked = op.params?.key ?? op.params?.keys ?? (op.id === 'main' ? null : op.id)
  if (asked === null) {
    const all = registry.actuators.filter((actuator) => moduleOfGroup(actuator.group) === op.module)
    return all.length > 0 ? ok(all) : refused(`module \`${op.module}\` has no controls in this trainer`)
  }
  const controls: Actuator[] = []
  for (const key of Array.isArray(asked) ? asked : [asked]) {
    const found = findControl(registry, typeof key === 'string' ? key : show(key))
    if (!found.ok) return found
    controls.push(found.value)
  }
  return controls.length > 0 ? ok(controls) : refused(`no_params: \`${op.op}\` needs at least one key, got none`)
}

function keysParam(keys: readonly string[]): JsonObject {
  return keys.length === 1 ? { key: keys[0] ?? '' } : { keys }
}
