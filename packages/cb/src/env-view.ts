import type { Env, SubmittedOp } from '@hotcb/protocol'
import type { CallbackEnv } from './callback.ts'

/** What a view adds to the trainer's env. */
export interface EnvVoice {
  readonly log: (message: string) => void
  readonly submit: (op: SubmittedOp) => void
  readonly runDir?: string
}

/**
 * The env as callbacks see it: live and lazy, but read-only, also in the plain objects and arrays inside it.
 *
 * One view serves all callbacks of a safe point, so nothing is copied. Models, tensors, maps and other instances of
 * classes are handed through as they are.
 */
export function viewEnv(env: Env, voice: EnvVoice): CallbackEnv {
  // The proxy answers for every member of CallbackEnv: `log` and `submit` from the voice, the rest from env.
  return new Proxy(EMPTY_OBJECT, new EnvTraps(env, voice)) as unknown as CallbackEnv
}

// A proxy over an empty shadow, not over the object itself: the invariants of proxies would otherwise force out the
// raw contents of frozen objects.
const EMPTY_OBJECT: object = {}
const EMPTY_ARRAY: object = []

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
    throw new TypeError('`env` cannot be frozen by a callback: it is read-only already')
  }
}

class EnvTraps extends ReadOnlyTraps {
  readonly voice: EnvVoice
  readonly env: Env

  constructor(env: Env, voice: EnvVoice) {
    super(env)
    this.env = env
    this.voice = voice
  }

  override get(_shadow: object, key: PropertyKey): unknown {
    if (key === 'log') return this.voice.log
    if (key === 'submit') return this.voice.submit
    if (key === 'runDir') return this.voice.runDir
    // Symbols are never keys of an env, but reading one is legal and gives what the object has.
    const value = this.env[key as string]
    return typeof value === 'object' && value !== null ? protect(value) : value
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
