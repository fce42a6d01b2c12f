import { isObject, show } from '@hotcb/protocol'
import type { OptimizerSource, ParamGroup } from './optimizer.ts'

/** A property of a parameter group that can be controlled. */
export type ParamKey = 'lr' | 'weightDecay' | 'betas' | 'momentum' | 'clipNorm'

/** The parameter groups that one control applies to, as they were when the control was created. */
export interface Span {
  readonly source: OptimizerSource
  readonly property: ParamKey
  /** Number of all groups of the optimizer. */
  readonly size: number
  /**
   * The indices of the groups that have the property. Other groups do not use the property, so it is never set on them.
   */
  readonly places: readonly number[]
  /** Their names; undefined for a group without a name. */
  readonly names: readonly (string | undefined)[]
}

/** Finds the groups of an optimizer that have a property. */
export function spanOf(source: OptimizerSource, property: ParamKey): Span {
  const groups = groupsOf(source)
  const spanned = [...groups.entries()].filter(([, group]) => group[property] !== undefined)
  return {
    source,
    property,
    size: groups.length,
    places: spanned.map(([place]) => place),
    names: spanned.map(([, { name }]) => name),
  }
}

/** Returns the optimizer in use. A trainer may return anything, even values that the types would reject. */
export function optimizerOf(source: OptimizerSource): unknown {
  return typeof source === 'function' && !('paramGroups' in source) ? source() : source
}

/**
 * Returns the current parameter groups of an optimizer, since loading an optimizer's state replaces them.
 *
 * @throws TypeError when it has no list of them, and any error that one of the trainer's getters throws.
 */
export function groupsOf(source: OptimizerSource): readonly ParamGroup[] {
  const optimizer = optimizerOf(source)
  const isOptimizer = (typeof optimizer === 'object' && optimizer !== null) || typeof optimizer === 'function'
  const groups: unknown = isOptimizer ? Reflect.get(optimizer, 'paramGroups') : undefined
  if (!Array.isArray(groups)) throw new TypeError(`\`paramGroups\` must be a list, got ${show(groups)}`)
  return groups
}

/**
 * Returns one of the groups of a span.
 *
 * @param groups All current groups of the optimizer.
 * @param i Its index in the span.
 * @throws RangeError when it is missing, lacks the property, or has a different name.
 */
export function groupAt(span: Span, groups: readonly ParamGroup[], i: number): ParamGroup {
  const { property, size, places, names } = span
  if (groups.length < size) throw new RangeError(resized(groups.length, size))
  const place = places[i] ?? 0
  const group = groups[place]
  if (!isObject(group)) throw new RangeError(`parameter group ${place} must be an object, got ${show(group)}`)
  const then = names[i]
  const now = then === undefined ? undefined : group.name
  if (now !== undefined && then !== now) {
    throw new RangeError(
      `parameter group ${place} is \`${now}\` now, but was \`${then}\` when its controls were created`,
    )
  }
  if (group[property] === undefined) throw new RangeError(`parameter group ${place} no longer has \`${property}\``)
  return group
}

/**
 * Checks that a value for all groups reaches all of them.
 *
 * @throws RangeError when the optimizer has more or fewer groups than when the control was created, or different ones.
 */
export function requireSame(span: Span): void {
  const groups = groupsOf(span.source)
  if (groups.length !== span.size) throw new RangeError(resized(groups.length, span.size))
  for (let i = 0; i < span.places.length; i++) groupAt(span, groups, i)
}

function resized(now: number, then: number): string {
  const groups = now === 1 ? '1 parameter group' : `${now} parameter groups`
  return `the optimizer has ${groups} now, but had ${then} when its controls were created`
}
