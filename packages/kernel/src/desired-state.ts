import { isObject, type Json, type JsonObject, type Op, ok, type Result, refused, show } from '@hotcb/protocol'

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
export function readDesiredState(document: unknown): Result<readonly Wish[]> {
  if (document === null || document === undefined) return ok([])
  if (!isObject(document)) return refused(`hotcb.yaml must be a mapping, got ${show(document)}`)
  const wishes: Wish[] = []
  const { version: _version, core, cb, tune, ...streams } = document
  for (const [name, section] of Object.entries({ core, cb, tune, ...streams })) {
    if (section !== undefined && section !== null && !isObject(section)) {
      return refused(`\`${name}\` in hotcb.yaml must be a mapping, got ${show(section)}`)
    }
  }
  if (isObject(core)) wishes.push(...coreWishes(core))
  if (isObject(cb)) {
    const callbacks = callbackWishes(cb)
    if (!callbacks.ok) return callbacks
    wishes.push(...callbacks.value)
  }
  const order = ['opt', 'loss', ...Object.keys(streams).filter((name) => name !== 'opt' && name !== 'loss')]
  for (const name of order) {
    const section = streams[name]
    if (!isObject(section)) continue
    const stream = streamWishes(name, section)
    if (!stream.ok) return stream
    wishes.push(...stream.value)
  }
  if (isObject(tune)) wishes.push(tuneWish(tune))
  return ok(wishes)
}

/** The wishes whose value differs from the YAML last reconciled. */
export function changedWishes(now: readonly Wish[], before: readonly Wish[]): readonly Wish[] {
  const known = new Map(before.map((wish) => [wish.key, JSON.stringify(wish.value)]))
  return now.filter((wish) => known.get(wish.key) !== JSON.stringify(wish.value))
}

function coreWishes(core: Record<string, unknown>): Wish[] {
  const mode = core.freeze_mode
  if (typeof mode !== 'string' && mode !== false) return []
  const replay = isObject(core.replay) ? core.replay : {}
  const op: Op = {
    module: 'core',
    op: 'freeze',
    id: 'main',
    params: null,
    // YAML 1.1 reads a bare `off` as false.
    mode: mode === false ? 'off' : mode,
    recipe_path: textOrNull(replay.recipe_path),
    adjust_path: textOrNull(replay.adjust_path),
    policy: textOrNull(replay.policy),
    step_offset: typeof replay.step_offset === 'number' ? replay.step_offset : null,
  }
  return [{ key: 'core.freeze_mode', value: JSON.stringify(op), op }]
}

function callbackWishes(cb: Record<string, unknown>): Result<Wish[]> {
  const wishes: Wish[] = []
  const callbacks = cb.callbacks ?? {}
  if (!isObject(callbacks)) return refused(`\`cb.callbacks\` in hotcb.yaml must be a mapping, got ${show(callbacks)}`)
  for (const [id, spec] of Object.entries(callbacks)) {
    if (!isObject(spec)) return refused(`\`cb.callbacks.${id}\` in hotcb.yaml must be a mapping, got ${show(spec)}`)
    // What a YAML parser gives is JSON but for dates, which are no part of this document.
    const { target, init, enabled, params } = spec as Record<string, Json>
    const base = { module: 'cb', id }
    if (isObject(target)) {
      const load: JsonObject = { target, init: init ?? null }
      const op = { ...base, op: 'load', params: null, target, init: init ?? null, enabled: enabled ?? null }
      // Checked by the callback module, which names what is wrong.
      wishes.push({ key: `cb.${id}.load`, value: load, op: op as unknown as Op })
    }
    if (isObject(params)) {
      wishes.push({
        key: `cb.${id}.params`,
        value: params,
        op: { ...base, op: 'set_params', params: params as JsonObject },
      })
    }
    if (typeof enabled === 'boolean') {
      const op = enabled ? 'enable' : 'disable'
      wishes.push({ key: `cb.${id}.enabled`, value: enabled, op: { ...base, op, params: null } })
    }
  }
  return ok(wishes)
}

function streamWishes(module: string, section: Record<string, unknown>): Result<Wish[]> {
  const id = typeof section.id === 'string' ? section.id : 'main'
  const { params, enabled } = section
  const wishes: Wish[] = []
  if (typeof enabled === 'boolean') {
    const op = { module, op: enabled ? 'enable' : 'disable', id, params: null }
    wishes.push({ key: `${module}.enabled`, value: enabled, op })
  }
  if (params === undefined || params === null) return ok(wishes)
  if (!isObject(params)) return refused(`\`${module}.params\` in hotcb.yaml must be a mapping, got ${show(params)}`)
  for (const [key, value] of Object.entries(params as Record<string, Json>)) {
    wishes.push({ key: `${module}.${key}`, value, op: { module, op: 'set_params', id, params: { [key]: value } } })
  }
  return ok(wishes)
}

function tuneWish(tune: Record<string, unknown>): Wish {
  const enabled = tune.enabled === true
  const params = enabled ? { mode: typeof tune.mode === 'string' ? tune.mode : 'active' } : null
  const op = { module: 'tune', op: enabled ? 'enable' : 'disable', id: 'main', params }
  return { key: 'tune', value: params, op }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
