import { checkOptions, describeShape, isObject, type OptionKeys } from '@hotcb/protocol'
import type { OptimizerActuatorOptions } from './optimizer.ts'
import { checkPair, wrong } from './option-check.ts'
import type { ParamNames } from './param-groups.ts'

const OWNER = 'optimizerActuators'
const OPTION_KEYS: OptionKeys<OptimizerActuatorOptions> = {
  lrBounds: true,
  weightDecayBounds: true,
  clipNormBounds: true,
  schedule: true,
  setScale: true,
  rates: true,
}

/**
 * Rejects unknown options of `optimizerActuators`, or options of the wrong shape. @throws TypeError with one sentence
 */
export function checkOptimizerOptions(options: OptimizerActuatorOptions): void {
  checkOptions(OWNER, options, OPTION_KEYS)
  const { schedule, setScale, rates, ...bounds } = options
  for (const [name, pair] of Object.entries(bounds)) if (pair !== undefined) checkPair(OWNER, name, pair)
  for (const [name, given] of Object.entries({ setScale, rates })) {
    if (given === undefined || typeof given === 'function') continue
    throw new TypeError(wrong(OWNER, name, 'a function', given))
  }
  if (schedule !== undefined && typeof schedule !== 'function') {
    throw new TypeError(wrong(OWNER, 'schedule', 'a function of the step', schedule))
  }
}

/**
 * Rejects anything that is not an optimizer, and groups with other property names, which would silently have no controls.
 *
 * @throws TypeError with one sentence that states what to write instead.
 */
export function checkOptimizer(optimizer: unknown): void {
  const isHolder = (typeof optimizer === 'object' && optimizer !== null) || typeof optimizer === 'function'
  const groups: unknown = isHolder ? Reflect.get(optimizer, 'paramGroups') : undefined
  if (!Array.isArray(groups))
    throw new TypeError(`\`${OWNER}\` expects an optimizer with a \`paramGroups\` list, ${gotOf(optimizer, groups)}`)
  for (const [place, group] of groups.entries()) checkGroup(group, place)
}

function gotOf(optimizer: unknown, groups: unknown): string {
  if (Array.isArray(optimizer)) return 'got a list: write `{ paramGroups: list }`'
  if (groups !== undefined) return `got ${describeShape(groups)} as \`paramGroups\``
  if (isObject(optimizer) && Array.isArray(optimizer['param_groups'])) {
    return 'got `param_groups`: write `{ paramGroups: optimizer.param_groups }`'
  }
  const hint = isObject(optimizer) ? ': use `paramGroupsOf(optimizer, names)` if its properties have other names' : ''
  return `got ${describeShape(optimizer)}${hint}`
}

function checkGroup(group: unknown, place: number): void {
  const name = `paramGroups[${place}]`
  if (!isObject(group)) throw new TypeError(`\`${name}\` must be an object with \`lr\`, got ${describeShape(group)}`)
  for (const [property, others] of Object.entries(OTHER_NAMES)) {
    const other = property in group ? undefined : others.find((one) => one in group)
    if (other === undefined) continue
    const names = property === 'lr' ? `lr: '${other}'` : `lr: 'lr', ${property}: '${other}'`
    throw new TypeError(
      `\`${name}\` has \`${other}\` and no \`${property}\`: write \`paramGroupsOf(groups, { ${names} })\``,
    )
  }
  const { lr } = group
  if (!Number.isFinite(lr)) throw new TypeError(`\`${name}.lr\` must be a finite number, got ${describeShape(lr)}`)
}

// The names of these properties in Python and in other optimizers.
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  lr: ['learningRate', 'learning_rate'],
  weightDecay: ['weight_decay'],
  clipNorm: ['clip_norm'],
}

const NAME_KEYS: OptionKeys<ParamNames> = { lr: true, weightDecay: true, betas: true, momentum: true, clipNorm: true }

/** Rejects invalid names of `paramGroupsOf`. @throws TypeError with one sentence */
export function checkParamNames(names: ParamNames): void {
  checkOptions('paramGroupsOf', names, NAME_KEYS)
  const { lr, ...others } = names
  for (const [property, own] of Object.entries({ lr, ...others })) {
    const isName = typeof own === 'string' || (property === 'betas' && Array.isArray(own))
    if (!isName) throw new TypeError(wrong('paramGroupsOf', property, 'the name of a property', own))
  }
}
