import { show } from '@hotcb/protocol'
import type { OptimizerLike, ParamGroup } from './optimizer.ts'
import { checkParamNames } from './optimizer-check.ts'

/** The property names of another kind of optimizer. */
export interface ParamNames<Name extends string = string> {
  readonly lr: Name
  readonly weightDecay?: Name
  /** One property with the list, or one property for each beta. */
  readonly betas?: Name | readonly Name[]
  readonly momentum?: Name
  readonly clipNorm?: Name
}

/**
 * Creates parameter groups for an optimizer whose properties have other names. Reads and writes go through to the
 * optimizer's own properties.
 *
 * @param optimizer The object that has the properties, or a list with one object for each group; a property `name`
 *   names the group. A function is called on every read, for a trainer that replaces its optimizer or its list of
 *   groups.
 * @throws TypeError when a property is missing.
 *
 * @example
 * ```ts
 * optimizerActuators(paramGroupsOf(adam, { lr: 'learningRate', betas: ['beta1', 'beta2'] }))
 * ```
 */
export function paramGroupsOf<Target extends object>(
  optimizer: Target | readonly Target[] | (() => Target | readonly Target[]),
  names: ParamNames<keyof Target & string>,
): OptimizerLike {
  checkParamNames(names)
  const groups = new WeakMap<object, ParamGroup>()
  const read = (): ParamGroup[] =>
    targetsOf(optimizer, names.lr).map((target) => {
      const group = groups.get(target) ?? groupOf(target, names)
      groups.set(target, group)
      return group
    })
  // The groups are read once here, so that a missing property is reported by the call that contains the names.
  read()
  return {
    get paramGroups() {
      return read()
    },
  }
}

// An optimizer may itself be a function, with its rate as a property.
function targetsOf(optimizer: object | (() => object), rate: string): readonly object[] {
  const found = typeof optimizer === 'function' && !Reflect.has(optimizer, rate) ? optimizer() : optimizer
  return Array.isArray(found) ? found : [found]
}

/**
 * Creates a learning rate schedule for optax-style optimizers (`adam(liveRate(group))`) that returns the group's
 * current rate. Without it these optimizers keep a number that cannot be changed.
 */
export function liveRate(group: Pick<ParamGroup, 'lr'>): (count: number) => number {
  return () => group.lr
}

function groupOf(target: object, names: ParamNames): ParamGroup {
  const name: unknown = Reflect.get(target, 'name')
  const group = { ...(typeof name === 'string' && { name }) }
  for (const [property, own] of Object.entries(names)) {
    Object.defineProperty(group, property, { enumerable: true, ...accessorOf(target, own) })
  }
  // The cast is safe: `names` has `lr`, and every property is defined above.
  return group as ParamGroup
}

function accessorOf(target: object, own: string | readonly string[]): PropertyDescriptor {
  for (const property of [own].flat()) {
    if (!Reflect.has(target, property)) {
      throw new TypeError(`the optimizer has no property \`${property}\`: it has ${Object.keys(target).join(', ')}`)
    }
  }
  if (typeof own === 'string') {
    return { get: () => Reflect.get(target, own), set: (value) => write(target, own, value) }
  }
  return {
    get: () => own.map((property): unknown => Reflect.get(target, property)),
    set: (values: readonly unknown[]) => {
      for (const [i, property] of own.entries()) write(target, property, values[i])
    },
  }
}

function write(target: object, property: string, value: unknown): void {
  if (!Reflect.set(target, property, value)) {
    throw new TypeError(`\`${property}\` of the optimizer cannot be set to ${show(value)}: it is read-only`)
  }
}
