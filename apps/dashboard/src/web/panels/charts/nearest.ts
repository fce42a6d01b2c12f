import type uPlot from 'uplot'

/**
 * Returns the index of the entry nearest to a step, or of the earlier one of two at the same distance; -1 if there is none. The
 * legend and the dots of a chart both use it, so that they show the same point.
 *
 * @param steps In ascending order.
 * @param isThere Whether an index counts. Default: all do.
 */
export function nearestEntry(
  steps: ArrayLike<number>,
  step: number,
  isThere: (at: number) => boolean = () => true,
): number {
  let low = 0
  let high = steps.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((steps[middle] ?? 0) < step) low = middle + 1
    else high = middle
  }
  let before = low - 1
  while (before >= 0 && !isThere(before)) before--
  let after = low
  while (after < steps.length && !isThere(after)) after++
  if (after >= steps.length) return before
  if (before < 0) return after
  return step - (steps[before] ?? 0) <= (steps[after] ?? 0) - step ? before : after
}

/**
 * Returns the position of a line's dot: the point that the legend shows, even though a chart's lines have points at
 * different steps.
 */
export function dotPlace(plot: Pick<uPlot, 'data'>, line: number, at: number, step: number): number | null {
  const values = plot.data[line]
  if (line === 0 || values === undefined) return at
  const nearest = nearestEntry(plot.data[0], Math.round(step), (place) => values[place] !== undefined)
  return nearest < 0 ? null : nearest
}
