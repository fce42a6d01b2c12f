import { type Axis, createAxis, priorCoordinate } from './axis.ts'
import type { Scalar, Space } from './dimension.ts'
import type { AnyParams } from './params.ts'
import type { Random } from './random.ts'
import { didYouMean, listNames, show } from './show.ts'
import { checkSpace } from './space-check.ts'

/** The axes that exist together: those of the root, or those of one arm of a branch. */
export interface Group {
  /** Index in {@link Layout.groups}; 0 is the root. */
  readonly index: number
  readonly members: readonly Member[]
}

/** A parameter of a group. */
export interface Member {
  readonly name: string
  readonly axis: Axis
  /** Index in {@link Layout.axes}. */
  readonly index: number
  /** For a branch, the group of each arm. */
  readonly arms: readonly Group[]
}

/** A flattened space. A point has a coordinate for each axis; it is NaN if the parameter does not exist. */
export interface Layout {
  readonly space: Space
  readonly axes: readonly Axis[]
  readonly groups: readonly Group[]
  readonly root: Group
}

/**
 * Returns the layout of a space.
 *
 * @throws TypeError or RangeError if the space cannot be searched.
 */
export function createLayout(space: Space): Layout {
  checkSpace(space)
  if (Object.keys(space).length === 0) throw new RangeError('`space` must have at least one parameter, got none')
  const axes: Axis[] = []
  const groups: Group[] = []
  const addGroup = (part: Space, path: string): Group => {
    const members: Member[] = []
    const group: Group = { index: groups.length, members }
    groups.push(group)
    for (const [name, dimension] of Object.entries(part)) {
      const axis = createAxis(path + name, dimension)
      const index = axes.push(axis) - 1
      const arms =
        dimension.kind === 'branch'
          ? Object.entries(dimension.arms).map(([arm, inner]) => addGroup(inner, `${path}${name}.${arm}.`))
          : []
      members.push({ name, axis, index, arms })
    }
    return group
  }
  const root = addGroup(space, '')
  return { space, axes, groups, root }
}

/** Returns the groups that exist at a point. The root comes first, and a branch before its arm. */
export function activeGroups(layout: Layout, point: ArrayLike<number>): Group[] {
  const active = [layout.root]
  for (const group of active) {
    for (const member of group.members) {
      const arm = member.arms[point[member.index] ?? -1]
      if (arm !== undefined) active.push(arm)
    }
  }
  return active
}

/** Returns a point with coordinates from `pick`, which is called only for existing axes. */
export function createPoint(layout: Layout, pick: (member: Member, group: Group) => number): Float64Array {
  const point = new Float64Array(layout.axes.length).fill(Number.NaN)
  const active = [layout.root]
  for (const group of active) {
    for (const member of group.members) {
      const coordinate = pick(member, group)
      point[member.index] = coordinate
      const arm = member.arms[coordinate]
      if (arm !== undefined) active.push(arm)
    }
  }
  return point
}

/**
 * Completes the point `fixed`: missing coordinates are taken from `suggested`, or else from the prior.
 *
 * @returns undefined if coordinates are missing and there is no random stream to draw them.
 */
export function completePoint(
  layout: Layout,
  fixed: ArrayLike<number>,
  suggested?: ArrayLike<number>,
  random?: Random,
): Float64Array | undefined {
  let whole = true
  const point = createPoint(layout, ({ axis, index }) => {
    const given = fixed[index] ?? Number.NaN
    if (!Number.isNaN(given)) return given
    const other = suggested?.[index] ?? Number.NaN
    if (!Number.isNaN(other)) return other
    if (random !== undefined) return priorCoordinate(axis, random())
    whole = false
    return Number.NaN
  })
  return whole ? point : undefined
}

/** Returns the parameters at a point. */
export function decodePoint(layout: Layout, point: ArrayLike<number>): AnyParams {
  return decodeGroup(layout.root, point, {})
}

/**
 * Converts parameters, which must be complete, to a point.
 *
 * @throws TypeError or RangeError naming the parameter that is missing, unknown or not a value of its dimension.
 */
export function encodeParams(layout: Layout, params: AnyParams): Float64Array {
  const point = new Float64Array(layout.axes.length).fill(Number.NaN)
  const missing = encodeGroup(layout.root, params, point)
  if (missing.length > 0) throw new TypeError(`\`params\` must have a value for ${listNames(missing)}`)
  return point
}

/**
 * Converts parameters to a point. Parameters may be missing; their coordinates are NaN.
 *
 * @throws TypeError or RangeError like {@link encodeParams}, except for missing parameters.
 */
export function encodePartial(layout: Layout, params: AnyParams): Float64Array {
  const point = new Float64Array(layout.axes.length).fill(Number.NaN)
  encodeGroup(layout.root, params, point)
  return point
}

function decodeGroup(group: Group, point: ArrayLike<number>, head: Record<string, Scalar | AnyParams>): AnyParams {
  for (const { name, axis, index, arms } of group.members) {
    const coordinate = point[index] ?? Number.NaN
    const value = axis.value(coordinate)
    const arm = arms[coordinate]
    head[name] = arm === undefined ? value : decodeGroup(arm, point, { kind: value })
  }
  return head
}

function encodeGroup(group: Group, params: AnyParams, point: Float64Array, path = ''): string[] {
  const known = new Set(group.members.map((member) => member.name))
  if (typeof params !== 'object' || params === null || Array.isArray(params)) {
    const [name, names] = path === '' ? ['params', known] : [path.slice(0, -1), ['kind', ...known]]
    throw new TypeError(`\`${name}\` must be an object with values of ${listNames([...names])}, got ${show(params)}`)
  }
  for (const name of Object.keys(params)) {
    if (!known.has(name) && !(path !== '' && name === 'kind')) {
      const names = [...known]
      throw new RangeError(
        `\`${path}${name}\` is not in the space, which has ${listNames(names) || 'nothing'} there${didYouMean(name, names)}`,
      )
    }
  }
  return group.members.flatMap((member) => {
    const value = Object.hasOwn(params, member.name) ? params[member.name] : undefined
    if (value === undefined) return [path + member.name]
    const { axis, arms, index } = member
    const scalar = arms.length > 0 ? kindOf(value) : value
    const problem = axis.problem(scalar)
    if (problem !== undefined) throw new RangeError(`\`${path}${member.name}\` ${problem}`)
    const coordinate = axis.coordinate(scalar as Scalar) // `problem` only accepts values of the dimension.
    point[index] = coordinate
    const arm = arms[coordinate]
    if (arm === undefined) return []
    return encodeGroup(arm, value as AnyParams, point, `${path}${member.name}.`) // It has a `kind`, so it is an object.
  })
}

function kindOf(value: Scalar | AnyParams): Scalar | AnyParams | undefined {
  return typeof value === 'object' && value !== null ? value.kind : value
}
