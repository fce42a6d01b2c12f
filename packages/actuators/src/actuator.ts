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
  /** `optimizer`, `loss` or a custom name. The module of that name changes the control. */
  readonly group: string
  readonly unit: string | null
  /** The names of the parameter groups that the control applies to; one empty name if it has no groups. */
  readonly paramGroups: readonly string[]
  /** Their indices in the trainer's list, which `group` may use. Absent: 0, 1 and so on. */
  readonly positions?: readonly number[]
  /** Other keys of this control, such as `recon_w` for `recon`. */
  readonly aliases: readonly string[]
  /** The values at registration, one for each parameter group. The fold of a history starts from them. */
  readonly initial: readonly Json[]
  /** Returns the actual values in the trainer. Without this function, changes are never verified. */
  get?(): readonly Json[]
  /**
   * The name of a metric in which the trainer reports the value that it used. If given, changes are verified against
   * this metric.
   */
  readonly metric?: string
  /**
   * Throws when the control can no longer be set as it was registered, for example because parameter groups were added.
   * The op then fails.
   */
  check?(): void
  /** Writes one value for each parameter group. If it throws, everything that was written is restored. */
  set(values: readonly Json[]): void
  /** Whether setting one number for all groups preserves each group's ratio to group 0, as for learning rates. */
  readonly keepRatios: boolean
  /**
   * Whether a ramp, `ramps.<key>`, may change it gradually. This is possible only for numbers, and not while a schedule
   * changes the control.
   */
  readonly rampable: boolean
  /**
   * Returns the rate at a step according to the trainer's schedule, for each group or one for all. Only `lr` may have one.
   */
  schedule?(step: number): number | readonly number[]
  /**
   * Receives the scale of each group, for a trainer that has its own schedule and multiplies its rates itself. Nothing
   * is then written at safe points. Needs `rates`, and cannot be combined with `schedule`. Only `lr` may have one.
   */
  setScale?(scales: readonly number[]): void
  /** Returns the current rate of the trainer's own schedule, for each group or one for all. */
  rates?(): number | readonly number[]
}

/** Whether the cell of a control contains scales of a schedule, either the kernel's or the trainer's. */
export function isScaled({ schedule, setScale }: Actuator): boolean {
  return schedule !== undefined || setScale !== undefined
}

/** The options of a custom control. Unknown keys are rejected. */
export interface ActuatorOptions<Value extends Json = Json> {
  readonly key: string
  /** @defaultValue the key */
  readonly label?: string
  /** The module that changes it. @defaultValue `custom` */
  readonly group?: string
  /** The unit to display, such as `ms`. */
  readonly unit?: string
  /** The step of a slider; not enforced. */
  readonly step?: number
  /**
   * Whether a ramp, `ramps.<key>`, may change it gradually. Only numbers can have a ramp. @defaultValue true for
   * numbers
   */
  readonly rampable?: boolean
  /** The name of a metric in which the trainer reports the value it used, if any. */
  readonly metric?: string
  /** Returns the actual value in the trainer. */
  readonly get: () => Value
  /** Writes the value. If it throws, the op fails and everything is restored. */
  readonly set: (value: Value) => void
}

/** Creates a control that is true or false. */
export function boolActuator(options: ActuatorOptions<boolean>): Actuator {
  checkActuatorOptions('boolActuator', options, 'nothing')
  return single(options, spec('bool', {}))
}

/** Creates a control for a whole number, between `min` and `max` if given. */
export function intActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('intActuator', options, 'bounds')
  return single(options, spec('int', { step: 1, ...options }))
}

/** Creates a control for a number, between `min` and `max` if given. */
export function floatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('floatActuator', options, 'bounds')
  return single(options, spec('float', options))
}

/** Creates a control for a number greater than 0 that is usually changed by factors. */
export function logFloatActuator(options: ActuatorOptions<number> & Bounds): Actuator {
  checkActuatorOptions('logFloatActuator', options, 'bounds')
  return single(options, spec('log_float', options))
}

/**
 * Creates a control for one of several values. The getter and the setter have the type of these values.
 *
 * @throws RangeError if there are no choices, or null is one of them, since null in a command leaves a value unchanged.
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

/** Creates a control for a list of numbers, each between `min` and `max` if given. The list keeps its length. */
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
    // The cast is safe: the value has passed `valueSpec`, which comes from the same type.
    set: (values) => set(values[0] as Value),
    keepRatios: false,
    rampable,
  }
}
