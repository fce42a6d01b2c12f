import type { Json, JsonObject } from '@hotcb/protocol'
import type { CallbackInit, HotCallback } from './callback.ts'

/**
 * Creates a callback from a module's export: a class, a factory, or a callback object.
 *
 * @throws TypeError when it is none of these, or does not create a callback; and any error thrown by its own code.
 */
export function createInstance(exported: unknown, symbol: string, init: CallbackInit): HotCallback {
  return adaptCallback(make(exported, symbol, init), symbol)
}

/**
 * Maps hotcb 2's spellings of a callback's methods to the current ones.
 *
 * @throws TypeError when it has no `handle`.
 */
export function adaptCallback(made: unknown, symbol: string): HotCallback {
  if (!isCallback(made)) throw new TypeError(`\`${symbol}\` must return an object with \`handle\`, got ${nameOf(made)}`)
  const { set_params: setParams, on_attach: onAttach } = made
  if (typeof setParams !== 'function' && typeof onAttach !== 'function') return made
  // The result inherits from the original, so that all other methods still use its fields.
  return Object.assign(Object.create(made) as Spelled, {
    handle: made.handle.bind(made),
    ...(made.setParams === undefined && setParams && { setParams: setParams.bind(made) }),
    ...(made.onAttach === undefined && onAttach && { onAttach: onAttach.bind(made) }),
    ...bound(made, ['getParams', 'flush', 'snapshot', 'restore', 'close']),
  })
}

/**
 * Returns the value of a parameter that has not been set: from the callback's `getParams`, or else from its field with that name.
 */
export function readParam(callback: HotCallback, name: string): Json | undefined {
  const told = callback.getParams?.()
  if (told !== undefined && Object.hasOwn(told, name)) return told[name]
  const field: unknown = Reflect.get(callback, name)
  const isSimple = field === null || typeof field === 'boolean' || typeof field === 'string' || Number.isFinite(field)
  return isSimple ? (field as Json) : undefined
}

interface Spelled extends HotCallback {
  set_params?(params: JsonObject): void
  on_attach?(env: unknown): void
}

type Constructor = new (init: CallbackInit) => unknown
type Maker = (init: CallbackInit) => unknown

function make(exported: unknown, symbol: string, init: CallbackInit): unknown {
  if (typeof exported !== 'function') return exported
  if (isClass(exported)) return new (exported as Constructor)(init)
  const made = (exported as Maker)(init)
  if (made instanceof Promise) {
    made.catch(() => {})
    throw new TypeError(
      `\`${symbol}\` is an async factory: a callback must be created synchronously, and may open resources later`,
    )
  }
  return made
}

// A factory is called without `new`, which is not possible for a class. A class is recognized by its source text, or by a
// prototype with `handle`.
function isClass(exported: { readonly prototype?: unknown }): boolean {
  const { prototype } = exported
  if (typeof prototype !== 'object' || prototype === null) return false
  return 'handle' in prototype || /^class\b/.test(Function.prototype.toString.call(exported))
}

function isCallback(value: unknown): value is Spelled {
  return typeof value === 'object' && value !== null && 'handle' in value && typeof value.handle === 'function'
}

function bound(made: Spelled, names: readonly (keyof HotCallback)[]): Partial<HotCallback> {
  const methods: [string, unknown][] = []
  for (const name of names) {
    const method = made[name]
    if (typeof method === 'function') methods.push([name, method.bind(made)])
  }
  return Object.fromEntries(methods)
}

function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value)
  return typeof value === 'object' ? 'an object without it' : `a ${typeof value}`
}
