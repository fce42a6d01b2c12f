/** The range of the steps that belong together, and the steps that are far away from it. */
export interface StepRange {
  /** The lowest and the highest step, without the steps in `far`; infinities if there are no steps. */
  readonly first: number
  readonly last: number
  /** The steps that are far away from the others; undefined if there are none. */
  readonly far: OutlierSteps | undefined
}

/** Steps far away from all others, which come from faulty lines. */
export interface OutlierSteps {
  readonly count: number
  readonly lowest: number
  readonly highest: number
}

/**
 * Returns the range of steps that a chart should show, so that one line with an absurd step does not squeeze all others
 * into one pixel.
 *
 * A step counts as far away if its distance from the middle 96 % of all steps is more than 100 times the length of that
 * range (10,000 times if there are fewer than 100 steps). If this would apply to more than 1 % of the steps (or to more than one step if
 * there are fewer than 100), or if there are fewer than 8 steps, no step counts as far away.
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
/** The largest fraction of the steps that may count as far away. */
const MOST_FAR = 0.01
const EDGE = 0.02
const SAMPLE = 1000

/**
 * Returns the ends of the middle 96 % of the steps, with at least one step left out on each side. If there are many steps, a sample is
 * used.
 */
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
