/** The steps that belong together, and how many lie far away from them. */
export interface StepRange {
  /** Lowest and highest step without the far ones; infinities if there is no step. */
  readonly first: number
  readonly last: number
  /** The far steps; undefined if there is none. */
  readonly far: OutlierSteps | undefined
}

/** Steps that lie far away from all others: those of lines that are wrong. */
export interface OutlierSteps {
  readonly count: number
  readonly lowest: number
  readonly highest: number
}

/**
 * The range of steps that a chart should show: one line with an absurd step must not press all others into one pixel.
 *
 * A step is far if its distance from the middle 96 % of all steps is over 100 times the length of those (10,000 times with
 * fewer than 100 steps). If more than one in a hundred is far, or more than one of fewer than 100, none counts as far. Fewer
 * than 8 steps are too few to tell.
 *
 * @param steps In any order.
 */
export function stepRange(steps: Float64Array): StepRange {
  const whole = extentOf(steps, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
  const count = steps.length
  if (count < FEWEST) return whole
  const [low, high] = middleOf(steps)
  const distance = Math.max(1, high - low) * (count < MANY ? FAR_OF_FEW : FAR)
  if (whole.first >= low - distance && whole.last <= high + distance) return whole
  const range = extentOf(steps, low - distance, high + distance)
  return (range.far?.count ?? 0) <= Math.max(1, count * MOST_FAR) ? range : whole
}

const FEWEST = 8
const MANY = 100
const FAR = 100
const FAR_OF_FEW = 10_000
/** Shares of all steps. */
const MOST_FAR = 0.01
const EDGE = 0.02
const SAMPLE = 1000

/** The ends of the middle 96 % of the steps, at least one left out on each side; of many steps, those of a sample. */
function middleOf(steps: Float64Array): readonly [low: number, high: number] {
  const stride = Math.ceil(steps.length / SAMPLE)
  const sample = Float64Array.from({ length: Math.ceil(steps.length / stride) }, (_, at) => steps[at * stride] ?? 0)
  sample.sort()
  const edge = Math.max(1, Math.floor(sample.length * EDGE))
  return [sample[edge] ?? 0, sample[sample.length - 1 - edge] ?? 0]
}

interface Extent {
  lowest: number
  highest: number
  count: number
}

function emptyExtent(): Extent {
  return { lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY, count: 0 }
}

function widen(extent: Extent, step: number): void {
  if (step < extent.lowest) extent.lowest = step
  if (step > extent.highest) extent.highest = step
  extent.count++
}

function extentOf(steps: Float64Array, from: number, to: number): StepRange {
  const near = emptyExtent()
  const far = emptyExtent()
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] ?? 0
    widen(step >= from && step <= to ? near : far, step)
  }
  return { first: near.lowest, last: near.highest, far: far.count === 0 ? undefined : far }
}
