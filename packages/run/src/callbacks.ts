import { CB_DESCRIPTOR, isObject } from '@hotcb/protocol'

/** The last reported status of one callback. */
export interface CallbackStatus {
  readonly id: string
  readonly loaded: boolean
  readonly enabled: boolean
  readonly target: { readonly kind: string; readonly path: string; readonly symbol: string } | null
  readonly init: Readonly<Record<string, unknown>>
  readonly params: Readonly<Record<string, unknown>>
  readonly capturedPath: string | null
  readonly calls: number
  readonly errors: number
  readonly meanMs: number
  readonly maxMs: number
  /** The fraction of the wall time that it uses, 0 to 1; null before the first measurement. */
  readonly share: number | null
  /** Why it was disabled; null if it was not. */
  readonly reason: string | null
  readonly raw: Readonly<Record<string, unknown>>
}

/** Reads the callbacks in the status of a kernel's modules. */
export function callbacksOf(
  modules: Readonly<Record<string, unknown>> | undefined,
): readonly CallbackStatus[] | undefined {
  const all = modules?.[CB_DESCRIPTOR.name]
  if (!isObject(all)) return undefined
  return Object.entries(all).flatMap(([id, raw]) => (isObject(raw) ? [read(id, raw)] : []))
}

function read(id: string, raw: Readonly<Record<string, unknown>>): CallbackStatus {
  const { target, init, last_params: params, share, reason, captured_path: capturedPath } = raw
  return {
    id,
    loaded: raw['loaded'] === true,
    enabled: raw['enabled'] === true,
    target: readTarget(target),
    init: isObject(init) ? init : {},
    params: isObject(params) ? params : {},
    capturedPath: typeof capturedPath === 'string' ? capturedPath : null,
    calls: numberOf(raw['calls']),
    errors: numberOf(raw['errors']),
    meanMs: numberOf(raw['mean_ms']),
    maxMs: numberOf(raw['max_ms']),
    share: typeof share === 'number' ? share : null,
    reason: typeof reason === 'string' ? reason : null,
    raw,
  }
}

function readTarget(value: unknown): CallbackStatus['target'] {
  if (!isObject(value)) return null
  const { kind, path, symbol } = value
  return typeof kind === 'string' && typeof path === 'string' && typeof symbol === 'string'
    ? { kind, path, symbol }
    : null
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
