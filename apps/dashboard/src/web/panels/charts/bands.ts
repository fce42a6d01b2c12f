import type uPlot from 'uplot'
import { bandColumns } from './band-columns.ts'
import { columnsEach, type PlotLook } from './plot-columns.ts'

/**
 * Draws a column from the minimum to the maximum of each entry, as wide as the entry. Filling columns whose edges are on whole pixels
 * takes a fraction of the time needed to fill the area between two jagged lines, and a column that is one pixel wide is still
 * visible.
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
  const path = new Path2D()
  // All columns have the same orientation, so that a pixel shared by two of them is filled once.
  for (const { left, top, width, height } of bandColumns(plot, at, from, to)) path.rect(left, top, width, height)
  return path
}
