import { createGp, firstParameters, fitParameters, type GpData, type GpModel } from './gp-model.ts'
import { scrambledHalton } from './halton.ts'
import type { TreeData } from './regression-tree.ts'

const MOST_ROWS = 200
const PLACES = 9
const BASES = 48
// A model is rejected if its leave-one-out predictions leave more than this fraction of the variance unexplained.
const MOST_ERROR = 0.35

/**
 * Returns the variance that each axis explains alone, estimated by a Gaussian process; undefined if the values are not smooth
 * enough. An index below 0 gets 0.
 */
export function smoothVariances(data: TreeData, axes: readonly number[]): number[] | undefined {
  const { kinds, values } = data
  const count = Math.min(values.length, MOST_ROWS)
  const picked = Array.from({ length: count }, (_, i) => Math.floor((i * values.length) / count))
  const own = picked.map((row) => values[row] ?? 0)
  const mean = own.reduce((a, b) => a + b, 0) / count
  const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / count)
  if (!(deviation > 1e-12)) return undefined
  const gpData: GpData = {
    nominal: kinds.map((kind) => kind > 0),
    rows: picked.map((row) => data.points.slice(row * kinds.length, (row + 1) * kinds.length)),
    values: Float64Array.from(own, (value) => (value - mean) / deviation),
  }
  const model = createGp(gpData, fitParameters(gpData, firstParameters(kinds.length), 40, 1.5))
  if (model.leaveOneOut() > MOST_ERROR) return undefined
  const sequence = scrambledHalton(0, kinds.length)
  const bases = Array.from({ length: BASES }, (_, i) =>
    Float64Array.from(kinds, (kind, d) => (kind > 0 ? Math.floor(sequence(i, d) * kind) : sequence(i, d))),
  )
  // On the scale of a forest's variances, so that groups with either model can be compared.
  return axes.map((axis) => (axis < 0 ? 0 : deviation * deviation * mainVariance(model, bases, axis, kinds[axis] ?? 0)))
}

/** Returns the variance of the mean along one axis, averaged over the others. */
function mainVariance(model: GpModel, bases: readonly Float64Array[], axis: number, kind: number): number {
  const places = kind > 0 ? Array.from({ length: Math.min(kind, 50) }, (_, i) => i) : middles(PLACES)
  const means = places.map((place) => {
    let sum = 0
    for (const base of bases) {
      const row = base.slice()
      row[axis] = place
      sum += model.mean(row)
    }
    return sum / bases.length
  })
  const mean = means.reduce((a, b) => a + b, 0) / means.length
  return means.reduce((sum, one) => sum + (one - mean) * (one - mean), 0) / means.length
}

function middles(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + 0.5) / count)
}
