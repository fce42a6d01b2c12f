import type uPlot from 'uplot'
import { bandColumns } from './band-columns.ts'
import { columnsEach, type PlotLook } from './plot-columns.ts'

/**
 * Draws a column from the smallest to the largest value of each entry, as wide as the entry. Columns with whole pixels as edges
 * cost a fraction of what the area between two jagged lines does, and a column of one pixel is still visible.
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
  // All columns have the same orientation, so that a pixel that two of them share is filled once.
  for (const { left, top, width, height } of bandColumns(plot, at, from, to)) path.rect(left, top, width, height)
  return path
}
