import type { CmaSettings } from './cma-es.ts'
import type { CmaStart } from './cma-state.ts'
import { symmetricEigen } from './eigen.ts'
import { exp, ln } from './elementary.ts'
import { encodeParams, type Layout, type Member } from './layout.ts'
import type { AnyParams } from './params.ts'
import { didYouMean } from './show.ts'
import type { StudyDirection, Trial } from './trial.ts'
import { compareRanks, rankOf } from './trial-rank.ts'

/** The range of a parameter without bounds, in standard deviations. */
export const UNBOUNDED_RANGE = 6

/** Converts a coordinate to CMA-ES's scale: about 0 to 1. */
export function toUnit(member: Member, coordinate: number): number {
  return member.axis.unbounded ? 0.5 + coordinate / UNBOUNDED_RANGE : coordinate
}

/**
 * Returns where the search starts: at `x0`, or at the best of the source trials.
 *
 * @throws RangeError for a path or value of `x0` that is not in the space.
 */
export function cmaStart(
  layout: Layout,
  members: readonly Member[],
  direction: StudyDirection,
  settings: CmaSettings,
): CmaStart {
  const paths = members.map(({ axis }) => axis.path)
  for (const path of Object.keys(settings.x0)) {
    if (!paths.includes(path))
      throw new RangeError(`\`x0\` names \`${path}\`, which is not a number at the root${didYouMean(path, paths)}`)
  }
  const mean = Float64Array.from(members, (member) => {
    const { axis } = member
    const value = settings.x0[axis.path]
    if (value === undefined) return 0.5
    const problem = axis.problem(value)
    if (problem !== undefined) throw new RangeError(`\`x0\` of \`${axis.path}\` ${problem}`)
    return toUnit(member, axis.coordinate(value))
  })
  const points = bestPoints(layout, members, direction, settings.sourceTrials)
  return points.length < 2 ? { mean, sigma: settings.sigma0 } : warmStart(points)
}

/** Returns the best tenth of the source trials that have all these parameters. */
function bestPoints(
  layout: Layout,
  members: readonly Member[],
  direction: StudyDirection,
  trials: readonly Trial<unknown>[],
): Float64Array[] {
  const useful = (trials as readonly Trial[]).filter(
    ({ state, misfit }) => state === 'complete' && misfit === undefined,
  )
  const ranked = useful
    .map((trial) => ({ trial, rank: rankOf(trial) }))
    .sort((a, b) => compareRanks(a.rank, b.rank, direction) || a.trial.number - b.trial.number)
    .slice(0, Math.max(2, Math.ceil(useful.length / 10)))
  return ranked.map(({ trial }) => {
    const point = encodeParams(layout, trial.params as AnyParams)
    return Float64Array.from(members, (member) => toUnit(member, point[member.index] ?? 0))
  })
}

/** Returns the normal distribution nearest to a mixture around the points (Nomura et al. 2021, "Warm Starting CMA-ES"). */
function warmStart(points: readonly Float64Array[]): CmaStart {
  const n = points[0]?.length ?? 0
  const mean = new Float64Array(n)
  for (const point of points)
    for (let d = 0; d < n; d++) mean[d] = (mean[d] as number) + (point[d] as number) / points.length
  const covariance = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = i === j ? 0.01 : 0
      for (const point of points) {
        sum +=
          (((point[i] as number) - (mean[i] as number)) * ((point[j] as number) - (mean[j] as number))) / points.length
      }
      covariance[i * n + j] = sum
    }
  }
  const { values } = symmetricEigen(covariance, n)
  const sigma = exp(values.reduce((sum, value) => sum + ln(value), 0) / (2 * n))
  return { mean, sigma, covariance: covariance.map((one) => one / (sigma * sigma)) }
}
