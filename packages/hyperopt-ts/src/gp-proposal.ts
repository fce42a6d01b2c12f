import { priorCoordinate } from './axis.ts'
import { logExpectedImprovement } from './expected-improvement.ts'
import type { GpData, GpModel } from './gp-model.ts'
import { scrambledHalton } from './halton.ts'
import { createPoint, type Layout, type Member } from './layout.ts'
import { minimizeSmooth } from './lbfgs.ts'
import { type Random, randomIndex } from './random.ts'
import type { SeenPoints } from './seen-points.ts'
import { normalQuantile } from './special.ts'

const SPREAD = 300
const NEAR = 150
const STARTS = 4
/** With more numeric parameters than this, the search stays near the best points. */
const FEW_NUMBERS = 10
/** The maximum distance from one of these points in that case, for each number, as a fraction of the range. */
const REACH = 0.1

/** The input of a proposal. */
export interface Proposal {
  readonly layout: Layout
  readonly model: GpModel
  readonly data: GpData
  /** The points of `data`. */
  readonly ended: readonly Float64Array[]
  readonly seen: SeenPoints
  /** The points of running trials: if there is a lot of noise, the model alone would propose them again. */
  readonly running: readonly Float64Array[]
  readonly random: Random
  readonly fixed: Float64Array | undefined
}

interface Scored {
  readonly point: Float64Array
  readonly score: number
}

/**
 * Searches for the point with the largest expected improvement: it tries many points first, then climbs from the best of them.
 *
 * In many dimensions, the model is least certain in the corners, so the expected improvement is largest there. In that case, the search
 * stays near the best points, as in a trust region (Eriksson et al. 2019).
 */
export function proposePoint(proposal: Proposal): Float64Array {
  const { layout, model, data, ended, seen, random } = proposal
  const means = data.rows.map((row) => model.mean(row))
  // With noise, the best measured value may be due to luck, so the model's estimate is used.
  const best = Math.min(...means)
  const order = means.map((_, i) => i).sort((a, b) => (means[a] ?? 0) - (means[b] ?? 0) || a - b)
  const score = (point: Float64Array): Scored => {
    const { mean, variance } = model.predict(featuresOf(layout, point))
    return { point, score: logExpectedImprovement(mean, variance, best).value }
  }
  const incumbents = order.slice(0, 5).flatMap((i) => ended[i] ?? [])
  const far = isLocal(layout) ? [] : spreadPoints(proposal)
  const candidates = [...far, ...nearPoints(proposal, incumbents)].map(score)
  candidates.sort((a, b) => b.score - a.score)
  const climbed = candidates.slice(0, STARTS).map(({ point }) => score(climb(proposal, point, best)))
  const all = [...climbed, ...candidates].sort((a, b) => b.score - a.score)
  const taken = new Set(proposal.running.map((point) => point.join()))
  const free = all.find(({ point }) => !seen.has(point) && !taken.has(point.join()))
  return (free ?? all[0])?.point ?? createPoint(layout, ({ axis }) => priorCoordinate(axis, random()))
}

function spreadPoints({ layout, random, fixed }: Proposal): Float64Array[] {
  const sequence = scrambledHalton(randomIndex(random, 0x1_0000_0000), Math.min(layout.axes.length, 40))
  return Array.from({ length: SPREAD }, (_, i) =>
    createPoint(layout, ({ axis, index }) => {
      const given = fixed?.[index] ?? Number.NaN
      if (!Number.isNaN(given)) return given
      return snapped(priorCoordinate(axis, index < 40 ? sequence(i, index) : random()), layout, index)
    }),
  )
}

/** Points around the best ones, with some of their coordinates changed by large or small amounts. */
function nearPoints({ layout, random, fixed }: Proposal, incumbents: readonly Float64Array[]): Float64Array[] {
  if (incumbents.length === 0) return []
  return Array.from({ length: NEAR }, (_, i) => {
    const center = incumbents[i % incumbents.length]
    const width = [0.2, 0.05, 0.01][i % 3] ?? 0.05
    const share = Math.max(0.3, 2 / layout.axes.length)
    return createPoint(layout, (member) => {
      const { axis, index } = member
      const given = fixed?.[index] ?? Number.NaN
      if (!Number.isNaN(given)) return given
      const at = center?.[index] ?? Number.NaN
      if (Number.isNaN(at)) return priorCoordinate(axis, random())
      return random() > share ? at : moved(layout, member, at, width, random)
    })
  })
}

/** Moves a coordinate of a member of the layout by a normally distributed step of this width. */
function moved(layout: Layout, { axis, index }: Member, at: number, width: number, random: Random): number {
  if (axis.nominal) return randomIndex(random, axis.count)
  const to = at + (axis.unbounded ? 4 : 1) * width * normalQuantile(Math.max(1e-12, random()))
  return snapped(axis.unbounded ? to : Math.min(1, Math.max(0, to)), layout, index)
}

/** Climbs along the numeric coordinates of a point and ignores the grid on the way. */
function climb({ layout, model, fixed }: Proposal, point: Float64Array, best: number): Float64Array {
  const free = freeNumbers(layout, point, fixed)
  if (free.length === 0) return point
  const start = featuresOf(layout, point)
  const whole = (x: ArrayLike<number>): Float64Array => {
    const row = featuresOf(layout, point)
    for (const [k, i] of free.entries()) row[i] = x[k] ?? 0
    return row
  }
  const { x } = minimizeSmooth(
    (at, gradient) => {
      const { mean, variance, meanSlope, varianceSlope } = model.predictSlope(whole(at))
      const { value, byMean, byVariance } = logExpectedImprovement(mean, variance, best)
      for (const [k, i] of free.entries())
        gradient[k] = -(byMean * (meanSlope[i] ?? 0) + byVariance * (varianceSlope[i] ?? 0))
      return -value
    },
    Float64Array.from(free, (i) => start[i] ?? 0),
    { ...(isLocal(layout) ? nearBox(layout, free, start) : boxOf(layout, free)), iterations: 15 },
  )
  const climbed = point.slice()
  for (const [k, i] of free.entries()) climbed[i] = snapped(coordinateOf(layout, i, x[k] ?? 0), layout, i)
  return climbed
}

/** Returns the numeric coordinates that exist at a point and are not given. */
function freeNumbers(layout: Layout, point: Float64Array, fixed: Float64Array | undefined): readonly number[] {
  return layout.axes.flatMap((axis, i) => {
    const held = axis.nominal || axis.count === 1 || Number.isNaN(point[i] ?? Number.NaN)
    return held || !Number.isNaN(fixed?.[i] ?? Number.NaN) ? [] : [i]
  })
}

/** Returns the bounds of features; parameters without bounds get bounds so wide that they rarely matter. */
function boxOf(layout: Layout, free: readonly number[]): { readonly low: number[]; readonly high: number[] } {
  return {
    low: free.map((i) => (layout.axes[i]?.unbounded ? -1 : 0)),
    high: free.map((i) => (layout.axes[i]?.unbounded ? 2 : 1)),
  }
}

function isLocal({ axes }: Layout): boolean {
  return axes.filter(({ nominal, count }) => !nominal && count > 1).length > FEW_NUMBERS
}

/** Returns the part of {@link boxOf} around a row of features. */
function nearBox(layout: Layout, free: readonly number[], row: Float64Array): ReturnType<typeof boxOf> {
  const { low, high } = boxOf(layout, free)
  const reach = (k: number): number => REACH * ((high[k] ?? 1) - (low[k] ?? 0))
  return {
    low: low.map((least, k) => Math.max(least, (row[free[k] ?? 0] ?? 0) - reach(k))),
    high: high.map((most, k) => Math.min(most, (row[free[k] ?? 0] ?? 0) + reach(k))),
  }
}

/** Returns the coordinate for a feature: the inverse of {@link featuresOf}. */
function coordinateOf(layout: Layout, index: number, feature: number): number {
  return layout.axes[index]?.unbounded ? (feature - 0.5) * 4 : feature
}

function snapped(coordinate: number, layout: Layout, index: number): number {
  const axis = layout.axes[index]
  return axis === undefined || !Number.isFinite(axis.count) ? coordinate : axis.coordinate(axis.value(coordinate))
}

/** Returns the row of a point: its coordinates, with those of unbounded parameters divided by four. */
export function featuresOf(layout: Layout, point: Float64Array): Float64Array {
  return point.map((coordinate, i) => (layout.axes[i]?.unbounded ? 0.5 + coordinate / 4 : coordinate))
}
