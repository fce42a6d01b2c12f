import { checkOptions, isObject, type Json, type JsonObject, type OptionKeys, requireSync } from '@hotcb/protocol'
import type { Call, Control, ControlOptions, Register, Registered, ValidateCall } from './control.ts'
import { checkSchema, type StandardSchema } from './standard-schema.ts'
import { quote } from './wire.ts'

/** Controls, keyed by path. */
export interface Registry<Context> {
  readonly register: Register<Context>
  get(path: string): Control | undefined
  all(): Iterable<Control>
  /** Increases with each control that is registered or replaced. */
  readonly version: number
}

/** Creates an empty registry. `note` receives messages that would otherwise be lost. */
export function createRegistry<Context>(note: (message: string) => void): Registry<Context> {
  const controls = new Map<string, Control>()
  let version = 0

  function register(path: string, apply: Control['apply'], options: AnyOptions = {}): Registered {
    const control = createControl(path, apply, options)
    const before = controls.get(path)
    if (before !== undefined && options.overwrite !== true) {
      if (before.apply === apply) return 'same'
      note(`\`${path}\` is already registered: the first function is kept (replace it with \`overwrite: true\`)`)
      return 'kept'
    }
    controls.set(path, control)
    version++
    return before === undefined ? 'registered' : 'replaced'
  }

  return {
    // The overloads are only types: at run time every control is called with the result of its validator.
    register: register as Register<Context>,
    get: (path) => controls.get(path),
    all: () => controls.values(),
    get version() {
      return version
    },
  }
}

interface AnyOptions extends ControlOptions {
  readonly validate?: (value: unknown) => unknown
  readonly validateCall?: ValidateCall<readonly unknown[]>
  readonly schema?: StandardSchema
}

const REGISTER_KEYS: OptionKeys<AnyOptions> = {
  overwrite: true,
  description: true,
  again: true,
  validate: true,
  validateCall: true,
  schema: true,
}

function createControl(path: string, apply: Control['apply'], options: AnyOptions): Control {
  checkOptions('register', options, REGISTER_KEYS)
  const { validate, validateCall, schema, description = '', again = true } = options
  if (typeof path !== 'string' || path === '')
    throw new TypeError(`\`path\` must be a non-empty string, got ${quote(path)}`)
  if (typeof apply !== 'function')
    throw new TypeError(`\`apply\` for \`${path}\` must be a function, got ${quote(apply)}`)
  if (validateCall !== undefined && (validate !== undefined || schema !== undefined)) {
    throw new TypeError(`\`${path}\` needs \`validateCall\`, or \`validate\` and \`schema\`, not both`)
  }
  return { path, apply, validate, validateCall, schema, description, again }
}

/**
 * Returns the arguments that a control is called with.
 *
 * @throws Errors from its validator.
 */
export function checkCall(control: Control, args: readonly Json[], kwargs: JsonObject): Call {
  const { validate, validateCall, schema } = control
  if (validateCall !== undefined) return readCall(validateCall(args, kwargs))
  if (validate === undefined && schema === undefined) return { args, kwargs }
  let value: unknown = onlyValue(args, kwargs)
  if (schema !== undefined) value = checkSchema(schema, value)
  if (validate !== undefined) value = validated(validate, value)
  // Keyword arguments remain keyword arguments if the validator returned an object.
  return args.length === 0 && isObject(value) ? { args: [], kwargs: value } : { args: [value], kwargs: {} }
}

/**
 * Calls a control.
 *
 * @returns The function that reverts it, if it returned one.
 * @throws Its errors.
 */
export function callControl(control: Control, { args, kwargs }: Call, ctx: unknown): (() => unknown) | undefined {
  const given = Object.keys(kwargs).length === 0 ? args : [...args, kwargs]
  const result = requireSync(control.apply(ctx, ...given), `\`${control.path}\``)
  // A revert function has no parameters.
  return typeof result === 'function' ? (result as () => unknown) : undefined
}

// Rejects NaN, because `Number` and `parseFloat` return NaN instead of throwing for text that is not a number.
function validated(validate: (value: unknown) => unknown, given: unknown): unknown {
  const value = validate(given)
  if (Number.isNaN(value) && !Number.isNaN(given)) throw new TypeError(`expected a number, got ${quote(given)}`)
  return value
}

function onlyValue(args: readonly Json[], kwargs: JsonObject): Json {
  const named = Object.keys(kwargs).length
  const [first] = args
  if (first === undefined) return kwargs
  if (args.length === 1 && named === 0) return first
  const more = named === 0 ? '' : ` and ${named} by name`
  throw new TypeError(`takes one value, got ${args.length} argument${args.length === 1 ? '' : 's'}${more}`)
}

function readCall(result: unknown): Call {
  const [args, kwargs] = Array.isArray(result) ? result : []
  if (Array.isArray(args) && isObject(kwargs)) return { args, kwargs }
  throw new TypeError(`\`validateCall\` must return [args, kwargs], got ${quote(result)}`)
}
