import type uPlot from 'uplot'
import { bandColumns } from './band-columns.ts'
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
  const path = new Path2D()
  // Columns that share a pixel are filled once: all go around in one direction.
  for (const { left, top, width, height } of bandColumns(plot, at, from, to)) path.rect(left, top, width, height)
  return path
}
