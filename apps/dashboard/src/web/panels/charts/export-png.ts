import type uPlot from 'uplot'
import type { ChartSpec } from '../../../shared/chart-groups.ts'
import { visibleText } from '../../../shared/visible-text.ts'
import { cssColor } from '../../theme.ts'
import { seriesColor } from './series-color.ts'

/** Saves a plot with its title and legend as a picture. */
export function savePng(plot: uPlot, spec: ChartSpec, run: string): void {
  const source = plot.ctx.canvas
  const scale = devicePixelRatio
  const top = Math.round((spec.names.length > 1 ? 56 : 36) * scale)
  const canvas = document.createElement('canvas')
  canvas.width = source.width
  canvas.height = source.height + top
  const ctx = canvas.getContext('2d')
  if (ctx === null) return
  ctx.fillStyle = cssColor('--surface')
  ctx.fillRect(0, 0, canvas.width, canvas.height)
  ctx.drawImage(source, 0, top)
  ctx.fillStyle = cssColor('--ink')
  ctx.font = `600 ${13 * scale}px ${cssColor('--font')}`
  ctx.fillText(visibleText(`${spec.title} · ${run}`), 12 * scale, 22 * scale)
  if (spec.names.length > 1) drawNames(ctx, spec.names, scale)
  canvas.toBlob((blob) => {
    if (blob === null) return
    const link = document.createElement('a')
    link.href = URL.createObjectURL(blob)
    link.download = `${`${run}-${spec.title}`.replace(/[^\w.-]+/g, '-')}.png`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 1000)
  })
}

function drawNames(ctx: CanvasRenderingContext2D, names: readonly string[], scale: number): void {
  ctx.font = `${12 * scale}px ${cssColor('--font')}`
  let x = 12 * scale
  for (const [i, name] of names.entries()) {
    ctx.fillStyle = seriesColor(i)
    ctx.fillRect(x, 36 * scale, 8 * scale, 8 * scale)
    ctx.fillStyle = cssColor('--muted')
    const text = visibleText(name)
    ctx.fillText(text, x + 14 * scale, 44 * scale)
    x += ctx.measureText(text).width + 32 * scale
  }
}
