import {
  type DesiredCallback,
  type DesiredModule,
  type DesiredState,
  isObject,
  type Json,
  type Op,
  ok,
  type Result,
  readDesiredState,
  refused,
} from '@hotcb/protocol'

/** One thing the YAML wants: an op, and the key under which two YAML files are compared. */
export interface Wish {
  readonly key: string
  readonly value: Json
  readonly op: Op
}

/**
 * What a desired state asks for, key by key, in the order core, cb, opt, loss, others, tune.
 *
 * @param document The parsed `hotcb.yaml`; null when it is empty.
 */
export function readWishes(document: unknown): Result<readonly Wish[]> {
  const read = readDesiredState(said(document))
  if (!read.ok) return refused(read.reason)
  const { core, callbacks, tune, modules } = read.value
  const { opt, loss, ...others } = modules
  return ok([
    ...coreWishes(core),
    ...Object.entries(callbacks).flatMap(([id, callback]) => callbackWishes(id, callback)),
    ...Object.entries({ opt, loss, ...others }).flatMap(([name, module]) => moduleWishes(name, module)),
    ...tuneWishes(tune),
  ])
}

/** The wishes whose value differs from the YAML last reconciled. */
export function changedWishes(now: readonly Wish[], before: readonly Wish[]): readonly Wish[] {
  const known = new Map(before.map((wish) => [wish.key, JSON.stringify(wish.value)]))
  return now.filter((wish) => known.get(wish.key) !== JSON.stringify(wish.value))
}

// A section with nothing below it is not said, and YAML 1.1 reads a bare `off` as false.
function said(document: unknown): unknown {
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

function coreWishes(core: DesiredState['core']): readonly Wish[] {
  if (core === null || core.freeze_mode === null) return []
  const { freeze_mode: mode, ...replay } = core
  const op: Op = { module: 'core', op: 'freeze', id: 'main', params: null, mode, ...replay }
  return [{ key: 'core.freeze_mode', value: JSON.stringify(op), op }]
}

function callbackWishes(id: string, { target, init, enabled, params }: DesiredCallback): readonly Wish[] {
  const wishes: Wish[] = []
  const base = { module: 'cb', id, params: null }
  if (target !== null) {
    const op: Op = { ...base, op: 'load', target, init, enabled }
    wishes.push({ key: `cb.${id}.load`, value: { target: { ...target }, init }, op })
  }
  if (params !== null) wishes.push({ key: `cb.${id}.params`, value: params, op: { ...base, op: 'set_params', params } })
  if (enabled !== null) {
    const op = { ...base, op: enabled ? 'enable' : 'disable' }
    wishes.push({ key: `cb.${id}.enabled`, value: enabled, op })
  }
  return wishes
}

function moduleWishes(module: string, section: DesiredModule | undefined): readonly Wish[] {
  if (section === undefined) return []
  const { id, enabled, params } = section
  const wishes: Wish[] = []
  if (enabled !== null) {
    const op = { module, op: enabled ? 'enable' : 'disable', id, params: null }
    wishes.push({ key: `${module}.enabled`, value: enabled, op })
  }
  for (const [key, value] of Object.entries(params ?? {})) {
    wishes.push({ key: `${module}.${key}`, value, op: { module, op: 'set_params', id, params: { [key]: value } } })
  }
  return wishes
}

function tuneWishes(tune: DesiredState['tune']): readonly Wish[] {
  if (tune === null) return []
  const params = tune.enabled ? { mode: tune.mode } : null
  const op = { module: 'tune', op: tune.enabled ? 'enable' : 'disable', id: 'main', params }
  return [{ key: 'tune', value: params, op }]
}
