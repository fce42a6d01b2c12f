import type { ActuatorType, Json } from '@hotcb/protocol'
import type { ValueSpec } from './value.ts'

/** One controllable parameter of a trainer. */
export interface Actuator {
  /** `param_key` on the wire. */
  readonly key: string
  readonly spec: ValueSpec
  readonly label: string
  /** `optimizer`, `loss`, or a word of the user's own: the module of that name changes it. */
  readonly group: string
  readonly unit: string | null
  /** Names of the parameter groups it spans; one empty name where it spans none. */
  readonly paramGroups: readonly string[]
  /** Other keys that mean this control, such as `recon_w` for `recon`. */
  readonly aliases: readonly string[]
  /** The values when it was registered, one for each parameter group: the fold of a history starts from them. */
  readonly initial: readonly Json[]
  /** The actual values in the trainer now; without it a change is never verified. */
  get?(): readonly Json[]
  /** Writes one value for each parameter group. May throw: then all that was written is put back. */
  set(values: readonly Json[]): void
  /** Whether one number for all groups keeps the ratio that each had to group 0 (learning rates do). */
  readonly keepRatios: boolean
  /** Whether `ramps.<key>` may move it. */
  readonly rampable: boolean
  /** The rate at a step as the trainer's schedule has it, for each group or one for all. */
  schedule?(step: number): number | readonly number[]
}

/** What a user's own control needs; everything else has a default. */
export interface ActuatorOptions<Value extends Json = Json> {
  readonly key: string
  /** @defaultValue the key */
  readonly label?: string
  /** @defaultValue `custom` */
  readonly group?: string
  readonly unit?: string
  readonly step?: number
  readonly rampable?: boolean
  readonly get: () => Value
  readonly set: (value: Value) => void
}

/** True or false. */
export function boolActuator(options: ActuatorOptions<boolean>): Actuator {
  return single(options, spec('bool', {}))
}

/** A whole number, between `min` and `max` if given. */
export function intActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  return single(options, spec('int', { step: 1, ...options }))
}

/** A number, between `min` and `max` if given. */
export function floatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  return single(options, spec('float', options))
}

/** A number greater than 0 that people move by factors. */
export function logFloatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  return single(options, spec('log_float', options))
}

/** One of some values. */
export function choiceActuator(options: ActuatorOptions & { readonly choices: readonly Json[] }): Actuator {
  if (options.choices.length === 0) throw new RangeError(`\`${options.key}\` needs at least one choice, got none`)
  return single(options, spec('choice', { choices: options.choices }))
}

/** As many numbers as it has now, each between `min` and `max` if given. */
export function tupleActuator(options: ActuatorOptions<readonly number[]> & Bounds): Actuator {
  return single(options, spec('tuple', { ...options, length: options.get().length }))
}

export interface Bounds {
  readonly min?: number
  readonly max?: number
}

/** A spec with nothing bounded but what is given. */
export function spec(
  type: ActuatorType,
  given: Partial<{ -readonly [K in keyof ValueSpec]: ValueSpec[K] }>,
): ValueSpec {
  const { min = null, max = null, step = null, choices = null, length = null } = given
  if (min !== null && max !== null && !(min <= max)) {
    throw new RangeError(`bounds must not cross, got min ${min} and max ${max}`)
  }
  return { type, min, max, step, choices, length }
}

function single<Value extends Json>(options: ActuatorOptions<Value>, valueSpec: ValueSpec): Actuator {
  const { key, label = key, group = 'custom', unit = null, rampable = false, get, set } = options
  return {
    key,
    spec: valueSpec,
    label,
    group,
    unit,
    paramGroups: [''],
    aliases: [],
    initial: [get()],
    get: () => [get()],
    // The value has passed `valueSpec`, which is made from the same type.
    set: (values) => set(values[0] as Value),
    keepRatios: false,
    rampable,
  }
}
