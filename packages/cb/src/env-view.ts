import type { Env, SubmittedOp } from '@hotcb/protocol'
import type { CallbackEnv } from './callback.ts'

/** The additions of a view to the trainer's env. */
export interface EnvAdditions {
  readonly log: (message: string) => void
  readonly submit: (op: SubmittedOp) => void
  readonly runDir?: string
}

/**
 * The env as callbacks see it: its fields at this moment, frozen, and read-only views of the plain objects and arrays
 * in them.
 *
 * All callbacks of an event share one view, so its cost does not grow with their number. A getter of env is evaluated
 * when a callback reads it. Models, tensors, maps and other class instances are passed through unchanged.
 */
export function viewEnv(env: Env, voice: EnvAdditions): CallbackEnv {
  const view: Record<string, unknown> = Object.create(voice)
  for (const key of Object.keys(env)) {
    if (key in voice) continue
    const own = Object.getOwnPropertyDescriptor(env, key)
    if (own?.get !== undefined) Object.defineProperty(view, key, { get: () => protect(env[key]), enumerable: true })
    else view[key] = protect(own?.value)
  }
  // Every member of CallbackEnv is present: `log` and `submit` by the prototype, the rest are env's own.
  return Object.freeze(view) as unknown as CallbackEnv
}

// A proxy over an empty shadow, not over the object itself: otherwise the invariants of proxies would expose the raw
// contents of frozen objects.
const EMPTY_OBJECT: object = shadow({}, (view) => ({ ...view }))
const EMPTY_ARRAY: object = shadow([], (view) => Array.from(view as unknown[]))

// Node prints the target of a proxy, which is empty here, so `console.log(env.metrics)` uses the shadow instead.
function shadow(empty: object, copy: (view: object) => unknown): object {
  const print = function (this: object): unknown {
    return copy(this)
  }
  return Object.defineProperty(empty, Symbol.for('nodejs.util.inspect.custom'), { value: print, configurable: true })
}

class ReadOnlyTraps implements ProxyHandler<object> {
  readonly real: object

  constructor(real: object) {
    this.real = real
  }

  get(_shadow: object, key: PropertyKey): unknown {
    return protect(Reflect.get(this.real, key))
  }

  has(_shadow: object, key: PropertyKey): boolean {
    return Reflect.has(this.real, key)
  }

  ownKeys(): (string | symbol)[] {
    return Reflect.ownKeys(this.real)
  }

  getOwnPropertyDescriptor(_shadow: object, key: PropertyKey): PropertyDescriptor | undefined {
    const own = Reflect.getOwnPropertyDescriptor(this.real, key)
    if (own === undefined) return undefined
    const isLength = key === 'length' && Array.isArray(this.real)
    return {
      value: this.get(_shadow, key),
      writable: isLength,
      enumerable: own.enumerable === true,
      configurable: !isLength,
    }
  }

  getPrototypeOf(): object | null {
    return Reflect.getPrototypeOf(this.real)
  }

  set(_shadow: object, key: PropertyKey): never {
    throw readOnly(key)
  }

  defineProperty(_shadow: object, key: PropertyKey): never {
    throw readOnly(key)
  }

  deleteProperty(_shadow: object, key: PropertyKey): never {
    throw readOnly(key)
  }

  setPrototypeOf(): never {
    throw readOnly('__proto__')
  }

  preventExtensions(): never {
    throw new TypeError('`env` cannot be frozen by a callback: it is already read-only')
  }
}

const protectedValues = new WeakMap<object, object>()

function protect(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = protectedValues.get(value)
  if (known !== undefined) return known
  const isArray = Array.isArray(value)
  if (!isArray && !isPlain(value)) return value
  const view = new Proxy(isArray ? EMPTY_ARRAY : EMPTY_OBJECT, new ReadOnlyTraps(value))
  protectedValues.set(value, view)
  return view
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function readOnly(key: PropertyKey): TypeError {
  return new TypeError(`\`env\` is read-only for callbacks: \`${String(key)}\` cannot be changed; use \`env.submit\``)
}
