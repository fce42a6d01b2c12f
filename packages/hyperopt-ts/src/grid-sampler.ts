import type { Axis } from './axis.ts'
import type { Scalar, Space } from './dimension.ts'
import { createLayout, type Group, type Member } from './layout.ts'
import type { AnyParams } from './params.ts'
import { createRandom, randomOrder } from './random.ts'
import type { Sampler } from './sampler-session.ts'
import { normalQuantile } from './special.ts'

/** Options for {@link gridSampler}. */
export interface GridOptions {
  /**
   * The number of values to try for a numeric parameter that has more values than this: one number for all parameters, or numbers by path
   * (`lr`, `head.mlp.width`).
   *
   * The values are spread evenly over the parameter's prior, in the logarithm if it has `log`, and include both ends. For a `normal`
   * parameter, they are at evenly spaced quantiles.
   *
   * @defaultValue 5
   */
  readonly points?: number | Readonly<Record<string, number>>
  /**
   * Whether to traverse the grid in the order of the names, with the last one varying fastest, instead of in random order.
   *
   * @defaultValue false
   */
  readonly inOrder?: boolean
}

// A longer permutation is not kept in memory: a larger grid is traversed in order.
const MOST_SHUFFLED = 2 ** 20

/**
 * Creates a sampler that tries every combination once and then starts over. An arm is combined only with its own parameters.
 *
 * Trial n is the n-th combination in an order that the seed shuffles, so a search that is stopped early has still covered all
 * regions of the grid. A grid with more than 2^20 combinations is searched in order. {@link gridSize} returns the number of
 * combinations.
 *
 * @throws RangeError when the study is created, for a number of points below one or a grid with more than 2^53 combinations.
 */
export function gridSampler(options: GridOptions = {}): Sampler {
  return {
    name: 'grid',
    open: ({ layout, seed }) => {
      const size = countGroup(layout.root, options)
      const shuffled = options.inOrder !== true && size <= MOST_SHUFFLED
      const order = shuffled ? randomOrder(createRandom(seed), size) : undefined
      return { suggest: (number) => groupAt(layout.root, order?.[number % size] ?? number % size, options, {}) }
    },
  }
}

/**
 * Returns the number of combinations that {@link gridSampler} tries in a space.
 *
 * @throws RangeError for the same reasons as the sampler.
 */
export function gridSize(space: Space, options: GridOptions = {}): number {
  return countGroup(createLayout(space).root, options)
}

function countGroup(group: Group, options: GridOptions): number {
  const count = group.members.reduce((product, member) => product * countMember(member, options), 1)
  if (!Number.isSafeInteger(count)) throw new RangeError(`the grid must have at most 2^53 combinations, got ${count}`)
  return count
}

function countMember(member: Member, options: GridOptions): number {
  if (member.arms.length > 0) return member.arms.reduce((sum, arm) => sum + countGroup(arm, options), 0)
  return countValues(member.axis, options)
}

function countValues(axis: Axis, { points = 5 }: GridOptions): number {
  if (axis.nominal || axis.dimension.kind === 'ordered') return axis.count
  const asked = typeof points === 'number' ? points : (points[axis.path] ?? 5)
  if (!Number.isSafeInteger(asked) || asked < 1) {
    throw new RangeError(`\`points\` for \`${axis.path}\` must be a whole number >= 1, got ${asked}`)
  }
  return Math.min(axis.count, asked)
}

/**
 * Returns the `index`-th combination of a group: `index` is read in a mixed radix with one digit per member, the last one being the least
 * significant.
 */
function groupAt(
  group: Group,
  index: number,
  options: GridOptions,
  head: Record<string, Scalar | AnyParams>,
): AnyParams {
  const digits: number[] = []
  let left = index
  for (const member of [...group.members].reverse()) {
    const count = countMember(member, options)
    digits.push(left % count)
    left = Math.floor(left / count)
  }
  for (const member of group.members) head[member.name] = memberAt(member, digits.pop() ?? 0, options)
  return head
}

function memberAt(member: Member, digit: number, options: GridOptions): Scalar | AnyParams {
  let left = digit
  for (const [index, arm] of member.arms.entries()) {
    const count = countGroup(arm, options)
    if (left < count) return groupAt(arm, left, options, { kind: member.axis.value(index) })
    left -= count
  }
  return valueAt(member.axis, left, countValues(member.axis, options))
}

function valueAt(axis: Axis, index: number, count: number): Scalar {
  if (axis.nominal) return axis.value(index)
  if (axis.unbounded) return axis.value(normalQuantile((index + 0.5) / count))
  const share = count === 1 ? 0.5 : index / (count - 1)
  if (!Number.isFinite(axis.count)) return axis.value(share)
  // On a grid, the ends are the first and the last cell. If the parameter has few cells, each one is used.
  const cell = count === axis.count ? index : axis.cell(share)
  return axis.value((axis.edge(cell) + axis.edge(cell + 1)) / 2)
}
