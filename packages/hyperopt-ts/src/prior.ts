import type { Axis } from './axis.ts'
import { ln } from './elementary.ts'
import { createLine, kernelNorm, kernelQuantile } from './kernel.ts'

/** The belief about one axis before any trial. */
export interface Prior {
  /** Returns the logarithm of the density at a coordinate, or of an index's probability. */
  readonly logDensity: (coordinate: number) => number
  /** Returns a coordinate for a number that is uniform in [0, 1). */
  readonly draw: (u: number) => number
}

/**
 * A belief provided by the user.
 *
 * For a number, `at` is the likeliest value and `width` the standard deviation as a fraction of the range (of the
 * logarithm's range if the parameter has `log`). For a choice, ordered or branch parameter, `weights` contains weights for some of the
 * values; the others have weight 1.
 */
export type PriorBelief =
  | { readonly at: number; readonly width: number }
  | { readonly weights: Readonly<Record<string, number>> }

/**
 * Returns an axis's prior, from its dimension or from the user.
 *
 * @throws TypeError or RangeError if the belief does not match the dimension.
 */
export function createPrior(axis: Axis, belief?: PriorBelief): Prior {
  if (belief === undefined) return axis.unbounded ? bell(axis, 0, 1) : flat(axis)
  if ('weights' in belief) return weighted(axis, belief.weights)
  const problem = axis.problem(belief.at)
  if (problem !== undefined) throw new RangeError(`\`priors.${axis.path}.at\` ${problem}`)
  if (!(belief.width > 0)) throw new RangeError(`\`priors.${axis.path}.width\` must be > 0, got ${belief.width}`)
  return bell(axis, axis.coordinate(belief.at), belief.width)
}

function flat(axis: Axis): Prior {
  if (axis.nominal) {
    const each = -ln(axis.count)
    return { logDensity: () => each, draw: (u) => Math.floor(u * axis.count) }
  }
  const { snap } = createLine(axis)
  return { logDensity: () => 0, draw: snap }
}

function bell(axis: Axis, mean: number, sigma: number): Prior {
  const line = createLine(axis)
  const width = Math.max(sigma, line.leastSigma(mean))
  const norm = kernelNorm(line, mean, width)
  return {
    logDensity: (x) => {
      const z = (x - mean) / width
      return -0.5 * z * z - norm
    },
    draw: kernelQuantile(line, mean, width),
  }
}

function weighted(axis: Axis, given: Readonly<Record<string, number>>): Prior {
  if (!Number.isFinite(axis.count))
    throw new TypeError(`\`priors.${axis.path}\` must have \`at\` and \`width\`, got weights`)
  const weights = Array.from({ length: axis.count }, (_, i) => {
    const weight = given[String(axis.value(axis.nominal ? i : (axis.edge(i) + axis.edge(i + 1)) / 2))] ?? 1
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new RangeError(`\`priors.${axis.path}.weights\` must be >= 0, got ${weight}`)
    }
    return weight
  })
  const sum = weights.reduce((a, b) => a + b)
  if (sum === 0) throw new RangeError(`\`priors.${axis.path}.weights\` must contain at least one weight above 0`)
  const place = (index: number): number => (axis.nominal ? index : (axis.edge(index) + axis.edge(index + 1)) / 2)
  const { snap } = axis.nominal ? { snap: (x: number) => x } : createLine(axis)
  return {
    logDensity: (x) => {
      const index = axis.nominal ? x : axis.cell(x)
      const width = axis.nominal ? 1 : axis.edge(index + 1) - axis.edge(index)
      return ln((weights[index] ?? 0) / sum / width)
    },
    draw: (u) => {
      let left = u * sum
      const index = weights.findIndex((weight) => {
        left -= weight
        return left < 0
      })
      return snap(place(index < 0 ? axis.count - 1 : index))
    },
  }
}
