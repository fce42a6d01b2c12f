import type { Axis } from './axis.ts'
import type { Space } from './dimension.ts'
import { activeGroups, createLayout, encodeParams, type Group } from './layout.ts'
import { createRandom, type Random, randomIndex } from './random.ts'
import { growTree, type Leaf, measure, type TreeData } from './regression-tree.ts'
import { smoothVariances } from './smooth-importance.ts'
import { checkOptionKeys } from './space-check.ts'
import { normalCdf } from './special.ts'
import { type CompleteTrial, isComplete, type StudyDirection, type Trial } from './trial.ts'

/** The fields of a study that {@link importance} reads. A `Study` has them. */
export interface Studied {
  readonly space: Space
  readonly direction: StudyDirection
  readonly trials: readonly Trial<unknown>[]
}

/** The importance of one parameter. */
export interface Importance {
  /** The path, such as `lr` or `head.mlp.width`. The path of a branch represents the choice of its arm. */
  readonly path: string
  /** Its share of the total importance, from 0 to 1. All shares add up to 1. */
  readonly share: number
}

/** Options for {@link importance}. */
export interface ImportanceOptions {
  /**
   * The number of trees, if the model is a forest.
   *
   * @defaultValue 64
   */
  readonly trees?: number
  /**
   * A whole number of at least 0. The same seed yields the same shares.
   *
   * @defaultValue 0
   */
  readonly seed?: number
}

// Each tree uses at most this many trials: more trials would change the shares less than a different seed does.
const MOST_ROWS = 1000
const LEAST_TRIALS = 10

/**
 * Returns the fraction of the values' variance that each parameter explains alone, most important first: functional ANOVA (Hutter, Hoos and
 * Leyton-Brown 2014) over a Gaussian process if it predicts the values well, otherwise over a forest of regression trees.
 *
 * The model estimates the value everywhere in the space, and the variance is computed with equal weight over the whole space. It therefore
 * does not matter where the trials lie: a parameter whose value a sampler settled on early still gets its full importance. A parameter of
 * an arm is judged by that arm's trials, and counts in proportion to their number. All shares are 0 if there are fewer than ten complete
 * trials with a finite value, or if all values are equal.
 *
 * @throws TypeError or RangeError for an invalid option.
 */
export function importance(study: Studied, options: ImportanceOptions = {}): Importance[] {
  checkOptionKeys(options, ['trees', 'seed'], 'importance')
  const { trees = 64, seed = 0 } = options
  if (!Number.isSafeInteger(trees) || trees < 1) {
    throw new RangeError(`\`trees\` must be a whole number >= 1, got ${trees}`)
  }
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`\`seed\` must be a whole number >= 0, got ${seed}`)
  const layout = createLayout(study.space)
  const complete = (study.trials.filter(isComplete) as CompleteTrial[]).filter(({ value }) => Number.isFinite(value))
  const scale = complete.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0) || 1
  const rows = complete.map(({ params, value }) => ({ point: encodeParams(layout, params), value: value / scale }))
  const raw = layout.groups.flatMap((group) => {
    const own = rows.filter(({ point }) => activeGroups(layout, point).includes(group))
    const part = own.length / Math.max(1, rows.length)
    return ownVariances(layout.axes, group, own, { trees, seed }).map((variance) => variance * part)
  })
  const paths = layout.groups.flatMap((group) => group.members.map(({ axis }) => axis.path))
  const total = raw.reduce((sum, variance) => sum + variance, 0)
  return paths
    .map((path, i) => ({ path, share: total > 0 ? (raw[i] ?? 0) / total : 0 }))
    .sort((a, b) => b.share - a.share || (a.path < b.path ? -1 : 1))
}

interface Row {
  readonly point: Float64Array
  readonly value: number
}

/** Returns the variance that each member of a group explains alone: the mean over the trees. */
function ownVariances(
  axes: readonly Axis[],
  group: Group,
  rows: readonly Row[],
  { trees, seed }: Required<ImportanceOptions>,
): number[] {
  const sums = group.members.map(() => 0)
  const first = rows[0]?.value
  if (rows.length < LEAST_TRIALS || rows.every(({ value }) => value === first)) return sums
  // The axes that all these trials have: those of the group and those of the groups above it.
  const shared = axes.flatMap((axis, i) =>
    axis.count > 1 && rows.every(({ point }) => !Number.isNaN(point[i] ?? Number.NaN)) ? [{ axis, i }] : [],
  )
  const data: TreeData = {
    kinds: shared.map(({ axis }) => (axis.nominal ? axis.count : 0)),
    points: Float64Array.from(
      rows.flatMap(({ point }) => shared.map(({ axis, i }) => evenly(axis, point[i] ?? Number.NaN))),
    ),
    values: Float64Array.from(rows, ({ value }) => value),
  }
  const members = group.members.map(({ index }) => shared.findIndex(({ i }) => i === index))
  const smooth = smoothVariances(data, members)
  if (smooth !== undefined) return smooth
  const random = createRandom(seed, group.index)
  for (let tree = 0; tree < trees; tree++) {
    const leaves = growTree(data, drawRows(rows.length, random))
    for (const [d, axis] of members.entries()) {
      if (axis >= 0) sums[d] = (sums[d] ?? 0) + mainVariance(leaves, axis, data.kinds[axis] ?? 0) / trees
    }
  }
  return sums
}

/** Returns the coordinate as a number with a uniform prior over [0, 1], or as an index. */
function evenly(axis: Axis, coordinate: number): number {
  return axis.unbounded ? normalCdf(coordinate) : coordinate
}

function drawRows(count: number, random: Random): Int32Array {
  return Int32Array.from({ length: Math.min(count, MOST_ROWS) }, () => randomIndex(random, count))
}

/** Returns the variance of the tree's mean along one axis, averaged evenly over the other axes. */
function mainVariance(leaves: readonly Leaf[], axis: number, values: number): number {
  const weights = leaves.map(({ value, ranges }) =>
    ranges.reduce((product, range, other) => (other === axis ? product : product * measure(range)), value),
  )
  return values > 0 ? nominalVariance(leaves, axis, values, weights) : orderedVariance(leaves, axis, weights)
}

function nominalVariance(leaves: readonly Leaf[], axis: number, values: number, weights: readonly number[]): number {
  const means = new Float64Array(values)
  for (const [i, { ranges }] of leaves.entries()) {
    const range = ranges[axis]
    if (range === undefined || 'low' in range) continue
    for (let value = 0; value < values; value++) {
      means[value] = (means[value] ?? 0) + (weights[i] ?? 0) * (range.members[value] ?? 0)
    }
  }
  const mean = means.reduce((a, b) => a + b, 0) / values
  return means.reduce((sum, one) => sum + ((one - mean) * (one - mean)) / values, 0)
}

function orderedVariance(leaves: readonly Leaf[], axis: number, weights: readonly number[]): number {
  const changes: { at: number; by: number }[] = []
  for (const [i, { ranges }] of leaves.entries()) {
    const range = ranges[axis]
    if (range === undefined || !('low' in range)) continue
    changes.push({ at: range.low, by: weights[i] ?? 0 }, { at: range.high, by: -(weights[i] ?? 0) })
  }
  changes.sort((a, b) => a.at - b.at)
  let [level, mean, square] = [0, 0, 0]
  for (const [i, { at, by }] of changes.entries()) {
    level += by
    const width = (changes[i + 1]?.at ?? at) - at
    mean += level * width
    square += level * level * width
  }
  return Math.max(0, square - mean * mean)
}
