import {
  type DesiredHandle,
  type DesiredModule,
  type DesiredState,
  type DesiredSwitch,
  isObject,
  type Json,
  type ModuleTable,
  type Op,
  ok,
  type Result,
  readDesiredState,
  refused,
} from '@hotcb/protocol'

/** One request in `hotcb.yaml`: an op, and the key that is used to compare two versions of the file. */
export interface DesiredOp {
  readonly key: string
  readonly value: Json
  readonly op: Op
}

/**
 * Returns the requests of a desired state, one per key, in this order: kernel, loaded handles, controls, switches.
 *
 * @param document The parsed `hotcb.yaml`; null if it is empty.
 * @param table The run's modules. Default: the built-in ones.
 */
export function readDesiredOps(document: unknown, table?: ModuleTable): Result<readonly DesiredOp[]> {
  const read = readDesiredState(normalized(document), table)
  if (!read.ok) return refused(read.reason)
  const { core, handles, switches, modules } = read.value
  const { opt, loss, ...others } = modules
  const ops = [
    ...Object.entries(handles).map(([module, byId]) => handleOps(module, byId)),
    ...Object.entries({ opt, loss, ...others }).map(([name, section]) => controlOps(name, section)),
    ...Object.entries(switches).map(([name, section]) => switchOps(name, section)),
  ]
  return ok([...coreOps(core), ...ops.flat()])
}

/** Returns the requests whose values differ from those in the last reconciled YAML. */
export function changedOps(now: readonly DesiredOp[], before: readonly DesiredOp[]): readonly DesiredOp[] {
  const known = new Map(before.map((one) => [one.key, JSON.stringify(one.value)]))
  return now.filter((one) => known.get(one.key) !== JSON.stringify(one.value))
}

// An empty section counts as absent, and YAML 1.1 reads a bare `off` as false.
function normalized(document: unknown): unknown {
  if (!isObject(document)) return document
  const sections = Object.entries(document).filter(([, section]) => section !== null)
  return Object.fromEntries(
    sections.map(([name, section]) =>
      name === 'core' && isObject(section) && section.freeze_mode === false
        ? [name, { ...section, freeze_mode: 'off' }]
        : [name, section],
    ),
  )
}

function coreOps(core: DesiredState['core']): readonly DesiredOp[] {
  if (core === null || core.freeze_mode === null) return []
  const { freeze_mode: mode, ...replay } = core
  const op: Op = { module: 'core', op: 'freeze', id: 'main', params: null, mode, ...replay }
  return [{ key: 'core.freeze_mode', value: JSON.stringify(op), op }]
}

function handleOps(module: string, byId: DesiredState['handles'][string]): readonly DesiredOp[] {
  return Object.entries(byId).flatMap(([id, handle]) => handleOpsOf(module, id, handle))
}

function handleOpsOf(
  module: string,
  id: string,
  { target, init, enabled, params }: DesiredHandle,
): readonly DesiredOp[] {
  const ops: DesiredOp[] = []
  const base = { module, id, params: null }
  const key = `${module}.${id}`
  if (target !== null) {
    const op: Op = { ...base, op: 'load', target, init, enabled }
    ops.push({ key: `${key}.load`, value: { target: { ...target }, init }, op })
  }
  if (params !== null) ops.push({ key: `${key}.params`, value: params, op: { ...base, op: 'set_params', params } })
  if (enabled !== null) {
    const op = { ...base, op: enabled ? 'enable' : 'disable' }
    ops.push({ key: `${key}.enabled`, value: enabled, op })
  }
  return ops
}

function controlOps(module: string, section: DesiredModule | undefined): readonly DesiredOp[] {
  if (section === undefined) return []
  const { id, enabled, params } = section
  const ops: DesiredOp[] = []
  if (enabled !== null) {
    const op = { module, op: enabled ? 'enable' : 'disable', id, params: null }
    ops.push({ key: `${module}.enabled`, value: enabled, op })
  }
  for (const [key, value] of Object.entries(params ?? {})) {
    ops.push({ key: `${module}.${key}`, value, op: { module, op: 'set_params', id, params: { [key]: value } } })
  }
  return ops
}

function switchOps(module: string, { enabled, params: given }: DesiredSwitch): readonly DesiredOp[] {
  const params = enabled ? given : null
  const op = { module, op: enabled ? 'enable' : 'disable', id: 'main', params }
  return [{ key: module, value: params, op }]
}
