import { isNumeric, type Json, requireSync } from '@hotcb/protocol'
import { copied } from './copied.ts'
import { checkActuatorOptions } from './option-check.ts'
import { spec, type ValueSpec } from './value.ts'

/** One controllable parameter of a trainer. */
export interface Actuator {
  /** `param_key` in the wire format. */
  readonly key: string
  readonly spec: ValueSpec
  readonly label: string
  /** `optimizer`, `loss`, or a custom name: the module of that name changes it. */
  readonly group: string
  readonly unit: string | null
  /** Names of the parameter groups it spans; one empty name if it spans none. */
  readonly paramGroups: readonly string[]
  /** Their indices in the trainer's list, which `group` may use; absent: 0, 1 and so on. */
  readonly positions?: readonly number[]
  /** Other keys of this control, such as `recon_w` for `recon`. */
  readonly aliases: readonly string[]
  /** The values at registration, one for each parameter group: the fold of a history starts from them. */
  readonly initial: readonly Json[]
  /** The actual values in the trainer now; without it a change is never verified. */
  get?(): readonly Json[]
  /** Name of a metric in which the trainer reports the value it used; verification then uses it. */
  readonly metric?: string
  /**
   * Throws when it can no longer be set as registered, for example because parameter groups were added. An op then
   * fails.
   */
  check?(): void
  /** Writes one value for each parameter group. May throw: then everything that was written is restored. */
  set(values: readonly Json[]): void
  /** Whether one number for all groups keeps the ratio that each has to group 0 (learning rates do). */
  readonly keepRatios: boolean
  /** Whether `ramps.<key>` may move it: only numbers, and not while a schedule moves it. */
  readonly rampable: boolean
  /** The rate at a step according to the trainer's schedule, for each group or one for all. Only `lr` may have one. */
  schedule?(step: number): number | readonly number[]
  /**
   * Receives the scale of each group, if the trainer has its own schedule and multiplies its rates itself. Then nothing
   * is written at safe points. Needs `rates`, and excludes `schedule`. Only `lr` may have one.
   */
  setScale?(scales: readonly number[]): void
  /** The current rate of the trainer's own schedule, for each group or one for all. */
  rates?(): number | readonly number[]
}

/** Whether its cell contains scales of a schedule, ours or the trainer's. */
export function isScaled({ schedule, setScale }: Actuator): boolean {
  return schedule !== undefined || setScale !== undefined
}

/** What a custom control needs; everything else has a default. Unknown keys are refused. */
export interface ActuatorOptions<Value extends Json = Json> {
  readonly key: string
  /** @defaultValue the key */
  readonly label?: string
  /** The module that changes it. @defaultValue `custom` */
  readonly group?: string
  /** For people, such as `ms`. */
  readonly unit?: string
  /** Step of a slider; not enforced. */
  readonly step?: number
  /** Whether `ramps.<key>` may move it. Only a number can move. @defaultValue true for numbers */
  readonly rampable?: boolean
  /** Name of a metric in which the trainer reports the value it used, if any. */
  readonly metric?: string
  /** The actual value in the trainer now. */
  readonly get: () => Value
  /** Writes it. May throw: the op then fails, and everything is restored. */
  readonly set: (value: Value) => void
}

/** True or false. */
export function boolActuator(options: ActuatorOptions<boolean>): Actuator {
  checkActuatorOptions('boolActuator', options, 'nothing')
  return single(options, spec('bool', {}))
}

/** A whole number, between `min` and `max` if given. */
export function intActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('intActuator', options, 'bounds')
  return single(options, spec('int', { step: 1, ...options }))
}

/** A number, between `min` and `max` if given. */
export function floatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('floatActuator', options, 'bounds')
  return single(options, spec('float', options))
}

/** A number greater than 0 that people change by factors. */
export function logFloatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('logFloatActuator', options, 'bounds')
  return single(options, spec('log_float', options))
}

/**
 * One of some values: the getter and the setter are of their type.
 *
 * @throws RangeError without a choice, or with null as one: a null in a command leaves a value unchanged.
 */
export function choiceActuator<Choice extends Json>(
  options: ActuatorOptions<Choice> & { readonly choices: readonly Choice[] },
): Actuator {
  checkActuatorOptions('choiceActuator', options, 'choices')
  if (options.choices.length === 0) throw new RangeError(`\`${options.key}\` needs at least one choice, got none`)
  if (options.choices.some((choice) => choice === null))
    throw new RangeError(`\`${options.key}\` cannot have null as a choice`)
  return single(options, spec('choice', { choices: options.choices }))
}

/** As many numbers as it has now, each between `min` and `max` if given. */
export function tupleActuator(options: ActuatorOptions<readonly number[]> & Bounds): Actuator {
  checkActuatorOptions('tupleActuator', options, 'bounds')
  return single(options, spec('tuple', options))
}

/** Bounds of a number, both inclusive; absent means unbounded. */
export interface Bounds {
  readonly min?: number
  readonly max?: number
}

function single<Value extends Json>(options: ActuatorOptions<Value>, valueSpec: ValueSpec): Actuator {
  const { key, label = key, group = 'custom', unit = null, rampable = isNumeric(valueSpec), metric, get, set } = options
  return {
    key,
    spec: valueSpec,
    label,
    group,
    unit,
    paramGroups: [''],
    aliases: [],
    initial: [copied(requireSync(get(), `the getter of \`${key}\``))],
    get: () => [get()],
    ...(metric !== undefined && { metric }),
    // The value has passed `valueSpec`, which comes from the same type.
    set: (values) => set(values[0] as Value),
    keepRatios: false,
    rampable,
  }
}
