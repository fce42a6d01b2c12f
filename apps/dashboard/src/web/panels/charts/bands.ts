import type uPlot from 'uplot'
import { columnsEach, type PlotLook } from './plot-columns.ts'

/**
 * Draws from the least to the greatest value of each entry, a column as wide as the entry. Columns with whole pixels as edges
 * cost a fraction of what the area between two jagged lines does, and one as narrow as a pixel is still seen.
 */
export function drawBands(plot: uPlot, { names, smoothing }: PlotLook, colors: readonly string[]): void {
  const { ctx } = plot
  const [from = 0, to = -1] = plot.series[0]?.idxs ?? []
  ctx.save()
  ctx.globalAlpha = smoothing > 0 ? 0.18 : 0.3
  for (const i of names.keys()) {
    const at = 1 + i * columnsEach(smoothing)
    ctx.fillStyle = colors[i] ?? ''
    ctx.fill(columnsPath(plot, at, from, to))
  }
  ctx.restore()
}

function columnsPath(plot: uPlot, at: number, from: number, to: number): Path2D {
  const { bbox } = plot
  const path = new Path2D()
  const places = placesOf(plot, at, from, to)
  const right = bbox.left + bbox.width
  const apart = apartOf(places)
  for (const [i, { x, high, low }] of places.entries()) {
    const before = places[i - 1]?.x ?? Number.NEGATIVE_INFINITY
    const after = places[i + 1]?.x ?? Number.POSITIVE_INFINITY
    // Up to the middle between neighbours, unless these are far: then as wide as most are.
    const from = Math.round(x - Math.min(x - before, apart) / 2)
    const to = Math.max(from + 1, Math.round(x + Math.min(after - x, apart) / 2))
    if (to <= bbox.left && x < bbox.left) continue
    if (from >= right && x > right) continue
    // One at the very edge keeps a pixel.
    const start = Math.min(Math.max(from, bbox.left), right - 1)
    const end = Math.min(Math.max(to, start + 1), right)
    // Columns that share a pixel are filled once: all go around in one direction.
    path.rect(start, high, end - start, Math.max(1, low - high))
  }
  return path
}

interface Place {
  readonly x: number
  readonly high: number
  readonly low: number
}

/** The columns in sight in pixels of the canvas. */
function placesOf(plot: uPlot, at: number, from: number, to: number): Place[] {
  const steps = plot.data[0]
  const greatest = plot.data[at]
  const least = plot.data[at + 1]
  const places: Place[] = []
  for (let i = from; i <= to; i++) {
    const [max, min] = [greatest?.[i], least?.[i]]
    if (max == null || min == null || max === min) continue
    const high = Math.round(plot.valToPos(max, 'y', true))
    const low = Math.round(plot.valToPos(min, 'y', true))
    places.push({ x: plot.valToPos(steps[i] ?? 0, 'x', true), high, low })
  }
  return places
}

function apartOf(places: readonly Place[]): number {
  const width = (places.at(-1)?.x ?? 0) - (places[0]?.x ?? 0)
  return places.length < 2 ? 2 : Math.max(1, (1.5 * width) / (places.length - 1))
}
