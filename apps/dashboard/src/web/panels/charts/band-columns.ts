import type uPlot from 'uplot'

/** A column in pixels of the canvas. */
export interface BandColumn {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** The columns in sight. An entry of one value has none, and yet its neighbours end where it begins. */
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
    // Up to the middle between neighbours; if these are far away, as wide as most columns.
    const from = Math.round(x - Math.min(x - before, apart) / 2)
    const to = Math.max(from + 1, Math.round(x + Math.min(after - x, apart) / 2))
    if (to <= bbox.left && x < bbox.left) continue
    if (from >= right && x > right) continue
    // One at the very edge keeps a pixel.
    const left = Math.min(Math.max(from, bbox.left), right - 1)
    const end = Math.min(Math.max(to, left + 1), right)
    // An axis that leaves out values ends before them.
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

/** All entries of a metric in sight, with their places in pixels of the canvas. Undefined is a step of another metric. */
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
