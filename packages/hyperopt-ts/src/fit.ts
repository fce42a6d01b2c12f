import type { Scalar } from './dimension.ts'
import type { Group, Layout, Member } from './layout.ts'
import { type AnyParams, isParams } from './params.ts'
import { didYouMean } from './show.ts'

/** Values by path, such as `{ 'head.mlp.drop': 0 }`, for trials that were run before the parameter existed. */
export type Defaults = Readonly<Record<string, Scalar>>

/** The result of fitting parameters of an older space to the current one. */
export type Fit =
  | {
      readonly params: AnyParams
      /** Its position in the layout. */
      readonly point: Float64Array
      /** The values of parameters that the space no longer has. */
      readonly removed: AnyParams | undefined
    }
  | { readonly problem: string }

/**
 * Fits the parameters of an older space to the space of `layout`.
 *
 * They fit if every parameter's current definition accepts its value, whatever the earlier definition was. A new parameter gets its value
 * from `defaults`. A removed parameter is kept in `removed`.
 */
export function fitParams(layout: Layout, params: AnyParams, defaults: Defaults): Fit {
  const fitting: Fitting = {
    point: new Float64Array(layout.axes.length).fill(Number.NaN),
    problems: [],
    defaults,
  }
  const kept: Part = {}
  const removed = fitGroup(fitting, layout.root, params, kept)
  const { point, problems } = fitting
  if (problems.length > 0) return { problem: problems.join('; ') }
  return { params: kept, point, removed: Object.keys(removed).length > 0 ? removed : undefined }
}

type Part = Record<string, Scalar | AnyParams>

interface Fitting {
  readonly point: Float64Array
  readonly problems: string[]
  readonly defaults: Defaults
}

/** Moves the part of `given` that fits to `head`; returns the rest with the original heads. */
function fitGroup(fitting: Fitting, group: Group, given: AnyParams, head: Part): AnyParams {
  const gone: Part = { ...head }
  for (const member of group.members) fitMember(fitting, member, given, head, gone)
  const known = new Set(group.members.map(({ name }) => name))
  for (const [name, value] of Object.entries(given)) {
    if (!known.has(name) && !('kind' in gone && name === 'kind')) gone[name] = value
  }
  return gone
}

function fitMember(fitting: Fitting, member: Member, given: AnyParams, head: Part, gone: Part): void {
  const { name, axis, index, arms } = member
  // Null is a value that a choice may have.
  const value = Object.hasOwn(given, name) && given[name] !== undefined ? given[name] : fitting.defaults[axis.path]
  const scalar = isParams(value) ? value.kind : value
  const problem = value === undefined ? 'has no value: add one to `defaults`' : axis.problem(scalar)
  if (problem !== undefined) {
    fitting.problems.push(`\`${axis.path}\` ${problem}`)
    return
  }
  const coordinate = axis.coordinate(scalar as Scalar) // `problem` only accepts values of the dimension.
  fitting.point[index] = coordinate
  const arm = arms[coordinate]
  if (arm === undefined) {
    head[name] = scalar as Scalar
    if (isParams(value)) gone[name] = value
    return
  }
  const kept: Part = { kind: scalar as Scalar }
  const left = fitGroup(fitting, arm, isParams(value) ? value : {}, kept)
  head[name] = kept
  if (Object.keys(left).length > 1) gone[name] = left
}

/**
 * Checks that each default is a valid value of a parameter in the space.
 *
 * @throws RangeError naming the path.
 */
export function checkDefaults(layout: Layout, defaults: Defaults): void {
  const paths = layout.axes.map(({ path }) => path)
  for (const [path, value] of Object.entries(defaults)) {
    const axis = layout.axes[paths.indexOf(path)]
    if (axis === undefined)
      throw new RangeError(`\`defaults\` names \`${path}\`, which is not in the space${didYouMean(path, paths)}`)
    const problem = axis.problem(value)
    if (problem !== undefined) throw new RangeError(`\`defaults\` of \`${path}\` ${problem}`)
  }
}

/** True if the two spaces share a name at the first level. */
export function shareNames(a: object, b: object): boolean {
  return Object.keys(a).some((name) => Object.hasOwn(b, name))
}
