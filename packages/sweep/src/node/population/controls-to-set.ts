import { type Json, type JsonObject, moduleOfGroup, type Result, routeParams } from '@hotcb/protocol'
import { historyOf } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'
import type { Population } from '../../config/config.ts'
import { toJson, type Value } from '../../value.ts'
import type { MemberLedger } from './member-ledger.ts'

/**
 * Returns the values to set when a donor's checkpoint is loaded, by module: the new parameter values, and controls that were set in the
 * donor to a value that differs from the trial's.
 *
 * @param seq The last line of the donor's ledger that its checkpoint covers.
 */
export function controlsToSet(
  dir: string,
  own: MemberLedger,
  donor: MemberLedger,
  seq: number,
  { controls }: Population,
  values: ReadonlyMap<string, Value>,
): Result<JsonObject> {
  const [mine, theirs] = [valuesSet(own, Number.POSITIVE_INFINITY), valuesSet(donor, seq)]
  const differing = [...theirs].filter(([key, value]) => JSON.stringify(mine.get(key)) !== JSON.stringify(value))
  const explored = [...values].map(([name, value]) => [controls[name] ?? name, toJson(value)] as const)
  const described = openRunDirectory(dir).document('actuators').value?.controls ?? []
  const modules = new Map(described.map((one) => [one.param_key, moduleOfGroup(one.group)]))
  const routed = routeParams(Object.fromEntries([...differing, ...explored]), modules)
  return routed.ok ? { ok: true, value: Object.fromEntries(routed.value) } : routed
}

/** Returns the values that controls were set to and still have, by key, except controls of individual parameter groups. */
function valuesSet({ lines }: MemberLedger, seq: number): ReadonlyMap<string, Json> {
  const { entries } = historyOf(lines.filter((line) => line.seq <= seq))
  const values = new Map<string, Json>()
  for (const { op } of entries) {
    if (op.op !== 'set_params' || op.params === null || 'group' in op.params || 'groups' in op.params) continue
    for (const [key, value] of Object.entries<Json>(op.params)) if (!key.startsWith('ramps.')) values.set(key, value)
  }
  return values
}
