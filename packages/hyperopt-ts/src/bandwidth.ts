import { exp, ln } from './elementary.ts'

/**
 * A rule for the widths of one parameter's kernels.
 *
 * It writes a standard deviation to `out` for each of `values`. The values are sorted coordinates within an interval of width `range`;
 * `dimensions` parameters are modelled together.
 */
export type Bandwidth = (values: Float64Array, out: Float64Array, context: BandwidthContext) => void

/** The input for a {@link Bandwidth}. */
export interface BandwidthContext {
  readonly range: number
  readonly dimensions: number
}

/** Options for {@link neighbourBandwidth}. */
export interface NeighbourOptions {
  /**
   * The widths are at least range / min(clip, n + 2): the "magic clipping" of Bergstra et al. 2011.
   *
   * @defaultValue 100
   */
  readonly clip?: number
}

/**
 * Uses a separate width for each kernel: the distance to the farther of its two neighbours (Bergstra et al. 2011, section 4).
 *
 * Dense regions get narrow kernels. The first and the last value use their only neighbour.
 */
export function neighbourBandwidth(options: NeighbourOptions = {}): Bandwidth {
  const { clip = 100 } = options
  return (values, out, { range }) => {
    const count = values.length
    const least = range / Math.min(clip, count + 2)
    if (count === 1) out[0] = Math.min(range, Math.max(least, range / 2))
    let left = 0
    for (let i = 0; i < count - 1; i++) {
      const right = (values[i + 1] as number) - (values[i] as number) // `i + 1` is below the length.
      out[i] = Math.min(range, Math.max(least, left, right))
      left = right
    }
    if (count > 1) out[count - 1] = Math.min(range, Math.max(least, left))
  }
}

/** Options for {@link scottBandwidth}. */
export interface ScottOptions {
  /**
   * Multiplies Scott's width.
   *
   * @defaultValue 1
   */
  readonly factor?: number
  /**
   * The widths are at least this fraction of the range.
   *
   * @defaultValue 0.03
   */
  readonly least?: number
}

/**
 * Returns the same width for all kernels: the spread of the values times n^(-1 / (d + 4)) (Scott 1992; Falkner et al. 2018 use
 * it in BOHB).
 *
 * The spread is the smaller of the standard deviation and the interquartile range / 1.34; the lower limit is from Watanabe 2023.
 */
export function scottBandwidth(options: ScottOptions = {}): Bandwidth {
  const { factor = 1, least = 0.03 } = options
  return (values, out, { range, dimensions }) => {
    const count = values.length
    const width = factor * spread(values) * exp(-ln(count) / (dimensions + 4))
    out.fill(Math.min(range, Math.max(least * range, width)))
  }
}

function spread(values: Float64Array): number {
  const count = values.length
  let mean = 0
  for (const value of values) mean += value / count
  let variance = 0
  for (const value of values) variance += ((value - mean) * (value - mean)) / count
  const quartiles = (values[Math.floor(0.75 * (count - 1))] ?? 0) - (values[Math.floor(0.25 * (count - 1))] ?? 0)
  const deviation = Math.sqrt(variance)
  return quartiles > 0 ? Math.min(deviation, quartiles / 1.34) : deviation
}
