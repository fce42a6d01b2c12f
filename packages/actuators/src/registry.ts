import {
  type ActuatorType,
  type ControlDescription,
  GROUP_KEYS,
  isNumeric,
  type Json,
  type JsonObject,
  narrowGroups,
  nearest,
  ok,
  type Result,
  refused,
  show,
} from '@hotcb/protocol'
import { type Actuator, isScaled } from './actuator.ts'
import { checkIsActuator } from './option-check.ts'
import { ruleOf } from './rule.ts'

/** The controls of a trainer, found by any of their keys. */
export interface Registry {
  readonly actuators: readonly Actuator[]
  readonly byKey: ReadonlyMap<string, Actuator>
  /** The description of each control at registration, which defines the values that it accepts. */
  readonly rules: ReadonlyMap<Actuator, ControlDescription>
}

/**
 * Creates a registry that finds controls by key.
 *
 * @throws RangeError when two controls share a key, or one has a key that commands use for something else.
 * @throws TypeError for anything that is not a control, and when a control's value at registration is not of its type.
 */
export function createRegistry(actuators: readonly Actuator[]): Registry {
  const byKey = new Map<string, Actuator>()
  for (const actuator of actuators) {
    checkIsActuator(actuator)
    if (byKey.has(actuator.key)) throw new RangeError(`two controls have the key \`${actuator.key}\`: keys must differ`)
    checkActuator(actuator)
    byKey.set(actuator.key, actuator)
  }
  // An exact name takes precedence over an alias.
  for (const actuator of actuators) {
    for (const alias of actuator.aliases) if (!byKey.has(alias)) byKey.set(alias, actuator)
  }
  return { actuators, byKey, rules: new Map(actuators.map((actuator) => [actuator, ruleOf(actuator)])) }
}

const RESERVED = [...GROUP_KEYS, 'key', 'value', 'id', 'opt_idx', 'scheduler_scale', 'scheduler_drop']

function checkActuator(actuator: Actuator): void {
  const { key, spec, initial, schedule, setScale, rampable, paramGroups } = actuator
  if (RESERVED.includes(key) || key.startsWith('ramps.')) {
    throw new RangeError(`a control cannot be called \`${key}\`: commands use that name`)
  }
  if (setScale !== undefined && (actuator.rates === undefined || schedule !== undefined)) {
    throw new RangeError(`\`${key}\` with \`setScale\` needs \`rates\`, and cannot be combined with \`schedule\``)
  }
  if (isScaled(actuator) && key !== 'lr') {
    throw new RangeError(`only \`lr\` can have a schedule, got \`${key}\``)
  }
  if (rampable && !isNumeric(spec)) {
    throw new RangeError(`\`${key}\` is of type ${spec.type}, but only numbers can have a ramp: leave \`rampable\` out`)
  }
  if (initial.length !== paramGroups.length || !initial.every((value) => isOfType(spec.type, value))) {
    const got = initial.length === 1 ? initial[0] : initial
    throw new TypeError(`\`${key}\` must have an initial value of type ${spec.type}, got ${show(got)}`)
  }
}

// Checks only the type. Bounds apply to changes, and a trainer may begin outside them.
function isOfType(type: ActuatorType, value: Json): boolean {
  switch (type) {
    case 'bool':
      return typeof value === 'boolean'
    case 'choice':
      return value !== null && value !== undefined
    case 'tuple':
      return Array.isArray(value) && value.every((one) => Number.isFinite(one))
    default:
      return Number.isFinite(value)
  }
}

/**
 * Finds the control that a key in an op refers to: by its own key, by an alias, or with the prefix `ramps.` or
 * `scheduler_`.
 */
export function findControl(registry: Registry, key: string): Result<Actuator> {
  const direct = registry.byKey.get(key)
  if (direct !== undefined) return ok(direct)
  if (key === 'scheduler_scale' || key === 'scheduler_drop') {
    const rate = registry.byKey.get('lr')
    if (rate !== undefined) return ok(rate)
  }
  if (key.startsWith('ramps.')) {
    const target = registry.byKey.get(key.slice('ramps.'.length))
    if (target?.rampable && !isScaled(target)) return ok(target)
    if (target !== undefined) return refused(noRamp(key, target))
  }
  return refused(`unknown_param: \`${key}\`: ${hintFor(registry, key)}`)
}

function noRamp(key: string, target: Actuator): string {
  if (!isScaled(target))
    return `\`${key}\`: there cannot be a ramp for \`${target.key}\`, a control of type ${target.spec.type}`
  return `\`${key}\`: \`${target.key}\` follows a schedule, and cannot have a ramp: set \`scheduler_scale\` instead`
}

function hintFor(registry: Registry, key: string): string {
  const known = registry.actuators.map((actuator) => actuator.key)
  const near = nearest(key, known)
  if (near.length > 0) return `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?`
  if (known.length === 0) return 'this trainer has no controls'
  return `this trainer has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', …' : ''}`
}

/** Returns the description that defines which values a control accepts. */
export function ruleIn({ rules }: Registry, actuator: Actuator): ControlDescription {
  const rule = rules.get(actuator)
  if (rule === undefined) throw new Error(`unreachable: \`${actuator.key}\` is not registered`)
  return rule
}

/** Returns the indices of the parameter groups that `group` or `groups` of an op select, ascending; null for all. */
export function narrowedGroups(actuator: Actuator, narrowing: JsonObject): Result<readonly number[] | null> {
  const { key, paramGroups, positions } = actuator
  const places = positions ?? paramGroups.map((_, i) => i)
  return narrowGroups({ names: paramGroups, places }, narrowing, key)
}
