import { checkOptions, describeShape, nearest, type OptionKeys } from '@hotcb/protocol'
import type { Actuator, ActuatorOptions, Bounds } from './actuator.ts'

const ACTUATOR_KEYS: OptionKeys<ActuatorOptions> = {
  key: true,
  label: true,
  group: true,
  unit: true,
  step: true,
  rampable: true,
  metric: true,
  get: true,
  set: true,
}
const BOUNDS_KEYS: OptionKeys<Bounds> = { min: true, max: true }

/**
 * Rejects unknown options of a control, or options of the wrong shape.
 *
 * @param owner The name of the constructor, for messages.
 * @param more The keys that this constructor accepts in addition to those of all controls.
 * @throws TypeError with one sentence.
 */
export function checkActuatorOptions(owner: string, options: unknown, more: 'bounds' | 'choices' | 'nothing'): void {
  const own = { bounds: BOUNDS_KEYS, choices: { choices: true as const }, nothing: {} }[more]
  checkOptions(owner, options, { ...ACTUATOR_KEYS, ...own })
  const { key, get, set, min, max, choices } = options as Readonly<Record<string, unknown>>
  if (typeof key !== 'string' || key === '') throw new TypeError(wrong(owner, 'key', 'a non-empty string', key))
  for (const [name, value] of Object.entries({ get, set })) {
    if (typeof value !== 'function') throw new TypeError(wrong(owner, name, 'a function', value))
  }
  for (const [name, value] of Object.entries({ min, max })) {
    if (value !== undefined && !isNumber(value)) throw new TypeError(wrong(owner, name, 'a number', value))
  }
  if (more === 'choices' && !Array.isArray(choices)) throw new TypeError(wrong(owner, 'choices', 'a list', choices))
}

/** Returns the message for an option of the wrong shape. */
export function wrong(owner: string, name: string, right: string, got: unknown): string {
  return `\`${name}\` of \`${owner}\` must be ${right}, got ${describeShape(got)}`
}

/** Rejects bounds that are not a pair of numbers. @throws TypeError with one sentence */
export function checkPair(owner: string, name: string, bounds: unknown): void {
  if (Array.isArray(bounds) && bounds.length === 2 && bounds.every(isNumber)) return
  throw new TypeError(wrong(owner, name, '[min, max]', bounds))
}

/** Rejects values that are not controls. @throws TypeError with one sentence, and a hint if the intention is clear */
export function checkIsActuator(value: unknown): asserts value is Actuator {
  if (isActuator(value)) return
  const isOptimizer = typeof value === 'object' && value !== null && ('paramGroups' in value || 'param_groups' in value)
  const hint = isOptimizer ? ': write `createMutableState(optimizerActuators(optimizer))`' : ''
  throw new TypeError(
    `\`createMutableState\` accepts lists of controls, such as the result of \`optimizerActuators(...)\`, got ${describeShape(value)}${hint}`,
  )
}

/** Rejects bounds of an unknown weight. @throws TypeError with one sentence that suggests the nearest name */
export function checkWeight(owner: string, path: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const near = nearest(name, known)
  const hint = near.length > 0 ? `did you mean \`${near.join('` or `')}\`?` : `choose from ${known.join(', ')}`
  throw new TypeError(`\`${path}.${name}\` of \`${owner}\` is not a weight: ${hint}`)
}

function isActuator(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { key, spec, set, initial, paramGroups, aliases } = value as Readonly<Record<string, unknown>>
  const isWritable = typeof key === 'string' && typeof set === 'function' && typeof spec === 'object' && spec !== null
  return isWritable && [initial, paramGroups, aliases].every((list) => Array.isArray(list))
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && !Number.isNaN(value)
}
