import { formatNumber, formatStep } from '../../shared/describe.ts'
import { ticksIn } from '../compare/scales.ts'
import { cssColor } from '../theme.ts'

/** A range of values, the lower one first. */
export type Span = readonly [low: number, high: number]

/** A plane with two linear axes on a canvas, in CSS pixels. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly spanX: Span
  readonly spanY: Span
  x(value: number): number
  y(value: number): number
  /** Returns the values at a position in pixels. */
  valuesAt(left: number, top: number): readonly [x: number, y: number]
}

const LEFT = 56
const RIGHT = 12
const TOP = 8
const BOTTOM = 26

export function createPlane(width: number, height: number, spanX: Span, spanY: Span): Plane {
  const [w, h] = [Math.max(1, width - LEFT - RIGHT), Math.max(1, height - TOP - BOTTOM)]
  const [dx, dy] = [spanX[1] - spanX[0] || 1, spanY[1] - spanY[0] || 1]
  return {
    width,
    height,
    spanX,
    spanY,
    x: (value) => LEFT + ((value - spanX[0]) / dx) * w,
    y: (value) => TOP + h - ((value - spanY[0]) / dy) * h,
    valuesAt: (left, top) => [spanX[0] + ((left - LEFT) / w) * dx, spanY[0] + ((TOP + h - top) / h) * dy],
  }
}

/** Draws the lines and numbers of both axes. */
export function paintGrid(ctx: CanvasRenderingContext2D, plane: Plane): void {
  ctx.globalAlpha = 1
  ctx.lineWidth = 1
  ctx.strokeStyle = cssColor('--grid')
  ctx.fillStyle = cssColor('--muted')
  ctx.font = `11px ${cssColor('--font')}`
  ctx.textBaseline = 'middle'
  ctx.textAlign = 'right'
  for (const value of ticksIn(plane.spanY, plane.height / 44)) {
    line(ctx, LEFT, plane.y(value), plane.width - RIGHT, plane.y(value))
    ctx.fillText(formatNumber(value, 3), LEFT - 6, plane.y(value))
  }
  ctx.textAlign = 'center'
  for (const value of ticksIn(plane.spanX, plane.width / 90)) {
    line(ctx, plane.x(value), TOP, plane.x(value), plane.height - BOTTOM)
    ctx.fillText(formatStep(value), plane.x(value), plane.height - BOTTOM + 13)
  }
}

function line(ctx: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  ctx.beginPath()
  ctx.moveTo(x1, y1)
  ctx.lineTo(x2, y2)
  ctx.stroke()
}

/** Clips drawing to the axes' area, until `ctx.restore()`. */
export function clipTo(ctx: CanvasRenderingContext2D, { width, height }: Plane): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM)
  ctx.clip()
}

/** Returns the range of values without outliers, so that one extreme value does not flatten the others. */
export function robustSpan(values: readonly number[]): Span {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort()
  if (sorted.length === 0) return [0, 1]
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = [at(0.01), at(0.98)]
  const room = (high - low || Math.abs(high) || 1) * 0.04
  return [low - room, high + room]
}
