import type { Env, SubmittedOp } from '@hotcb/protocol'
import type { CallbackEnv } from './callback.ts'

/** The methods that a view adds to the trainer's env. */
export interface EnvAdditions {
  readonly log: (message: string) => void
  readonly submit: (op: SubmittedOp) => void
  readonly runDir?: string
}

/**
 * Creates the env that callbacks receive: the current fields, frozen, with read-only views of the plain objects and arrays in them.
 *
 * All callbacks at an event share one view, so its cost does not grow with the number of callbacks. A getter of env is evaluated
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
  // The cast is safe: `log` and `submit` come from the prototype, and all other members of CallbackEnv from env.
  return Object.freeze(view) as unknown as CallbackEnv
}

// The proxy's target is an empty object (the shadow) and not the object itself, because the rules for proxies
// would expose the raw contents of frozen objects.
const EMPTY_OBJECT: object = shadow({}, (view) => ({ ...view }))
const EMPTY_ARRAY: object = shadow([], (view) => Array.from(view as unknown[]))

// Node prints a proxy's target, which is empty here. The shadow therefore defines how `console.log(env.metrics)`
// prints it.
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
