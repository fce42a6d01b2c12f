import type uPlot from 'uplot'

/** A column, in canvas pixels. */
export interface BandColumn {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Returns the visible columns. An entry with only one value has no column, but it still limits the width of its neighbours. */
export function bandColumns(
  plot: Pick<uPlot, 'data' | 'bbox' | 'valToPos'>,
  at: number,
  from: number,
  to: number,
): BandColumn[] {
  const { bbox } = plot
  const places = placesOf(plot, at, from, to)
  const right = bbox.left + bbox.width
  const apart = apartOf(places)
  const columns: BandColumn[] = []
  for (const [i, { x, max, min }] of places.entries()) {
    if (max === null || min === null || max === min) continue
    const before = places[i - 1]?.x ?? Number.NEGATIVE_INFINITY
    const after = places[i + 1]?.x ?? Number.POSITIVE_INFINITY
    // A column extends halfway to its neighbours. If they are far away, it has the default width.
    const from = Math.round(x - Math.min(x - before, apart) / 2)
    const to = Math.max(from + 1, Math.round(x + Math.min(after - x, apart) / 2))
    if (to <= bbox.left && x < bbox.left) continue
    if (from >= right && x > right) continue
    // A column at the very edge is at least one pixel wide.
    const left = Math.min(Math.max(from, bbox.left), right - 1)
    const end = Math.min(Math.max(to, left + 1), right)
    // The axis may leave out some values, so the column is cut off at its ends.
    const top = Math.max(bbox.top, Math.round(plot.valToPos(max, 'y', true)))
    const low = Math.min(bbox.top + bbox.height, Math.round(plot.valToPos(min, 'y', true)))
    if (low < bbox.top || top > bbox.top + bbox.height) continue
    columns.push({ left, top, width: end - left, height: Math.max(1, low - top) })
  }
  return columns
}

interface Place {
  readonly x: number
  readonly max: number | null
  readonly min: number | null
}

/**
 * Returns the visible entries of a metric, with their positions in canvas pixels. An undefined value belongs to a step of
 * a different metric.
 */
function placesOf(plot: Pick<uPlot, 'data' | 'valToPos'>, at: number, from: number, to: number): Place[] {
  const steps = plot.data[0]
  const greatest = plot.data[at]
  const least = plot.data[at + 1]
  const places: Place[] = []
  for (let i = from; i <= to; i++) {
    const [max, min] = [greatest?.[i], least?.[i]]
    if (max === undefined || min === undefined) continue
    places.push({ x: plot.valToPos(steps[i] ?? 0, 'x', true), max, min })
  }
  return places
}

function apartOf(places: readonly Place[]): number {
  const width = (places.at(-1)?.x ?? 0) - (places[0]?.x ?? 0)
  return places.length < 2 ? 2 : Math.max(1, (1.5 * width) / (places.length - 1))
}
