import {
  type CallbackTarget,
  findNonFinite,
  isObject,
  type JsonObject,
  ok,
  type Result,
  refused,
  show,
} from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'

/** The configuration of one callback in a YAML file. */
export interface DesiredCallback {
  readonly target: CallbackTarget | null
  readonly init: JsonObject
  readonly enabled: boolean
  readonly params: JsonObject
}

/**
 * Reads `callbacks: {id: {target, init, enabled, params}}`, at the top or below `cb` as in `hotcb.yaml`.
 *
 * If any part is invalid, the whole configuration is rejected, and the message names that part.
 */
export function readCallbackConfig(text: string): Result<ReadonlyMap<string, DesiredCallback>> {
  const parsed = parseYaml(text)
  if (!parsed.ok) return refused(`${parsed.line === null ? '' : `line ${parsed.line}: `}${parsed.reason}`)
  const document: unknown = parsed.value
  if (document === null) return ok(new Map())
  if (!isObject(document)) return refused(`a configuration must be a mapping, got ${show(document)}`)
  const callbacks = document['callbacks'] ?? (isObject(document['cb']) ? document['cb']['callbacks'] : undefined) ?? {}
  if (!isObject(callbacks))
    return refused(
      `\`callbacks\` must be a mapping from ids to {target, init, enabled, params}, got ${show(callbacks)}`,
    )
  const desired = new Map<string, DesiredCallback>()
  for (const [id, spec] of Object.entries(callbacks)) {
    const one = readDesired(id, spec)
    if (!one.ok) return one
    desired.set(id, one.value)
  }
  return ok(desired)
}

function readDesired(id: string, spec: unknown): Result<DesiredCallback> {
  if (!isObject(spec)) return refused(`\`callbacks.${id}\` must be a mapping, got ${show(spec)}`)
  const { target = null, init = {}, enabled = true, params = {} } = spec
  if (target !== null && !isTarget(target)) {
    return refused(`\`callbacks.${id}.target\` must be {kind: file|module, path, symbol}, got ${show(target)}`)
  }
  if (!isObject(init)) return refused(`\`callbacks.${id}.init\` must be a mapping, got ${show(init)}`)
  if (typeof enabled !== 'boolean')
    return refused(`\`callbacks.${id}.enabled\` must be true or false, got ${show(enabled)}`)
  if (!isObject(params)) return refused(`\`callbacks.${id}.params\` must be a mapping, got ${show(params)}`)
  for (const [name, values] of Object.entries({ init, params })) {
    const infinite = findNonFinite(values)
    if (infinite !== undefined) return refused(`\`callbacks.${id}.${name}.${infinite}\` must be a finite number`)
  }
  // The YAML reader returns JSON.
  return ok({ target, enabled, init: init as JsonObject, params: params as JsonObject })
}

function isTarget(value: unknown): value is CallbackTarget {
  if (!isObject(value)) return false
  const { kind, path, symbol } = value
  return (
    (kind === 'file' || kind === 'module' || kind === 'python_file') &&
    typeof path === 'string' &&
    typeof symbol === 'string'
  )
}
