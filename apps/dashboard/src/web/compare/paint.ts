import { digitsFor, formatNumber, formatStep } from '../../shared/describe.ts'
import { visibleText } from '../../shared/visible-text.ts'
import { logSplits } from '../panels/charts/log-axis.ts'
import { cssColor } from '../theme.ts'
import type { AxisKind } from './axis.ts'
import type { ChartOptions } from './chart-spec.ts'
import type { Line } from './lines.ts'
import { type Projection, project, type Span, ticksIn } from './scales.ts'
import type { Box, Point, Surface } from './surface.ts'

/** The complete content of a chart as a picture. */
export interface Picture {
  readonly lines: readonly Line[]
  readonly spec: ChartOptions
  readonly axis: AxisKind
  readonly spanX: Span
  readonly spanY: Span
  readonly width: number
  readonly height: number
  /** Positions of changes. Default: none. */
  readonly marks?: readonly number[]
  /** The annotations. Default: none. */
  readonly notes?: readonly { readonly step: number; readonly value: number | null; readonly text: string }[]
  readonly inks: Inks
}

/** The colours of a picture. */
export interface Inks {
  readonly text: string
  readonly grid: string
  readonly threshold: string
  readonly mark: string
}

/** Returns the current theme's colours. */
export function pictureInks(): Inks {
  const [text, grid, threshold, mark] = ['--muted', '--grid', '--bad', '--marker'].map(cssColor)
  return { text: text ?? '', grid: grid ?? '', threshold: threshold ?? '', mark: mark ?? '' }
}

/** Returns the box in which lines are drawn. */
export function plotBox({ width, height }: Pick<Picture, 'width' | 'height'>): Box {
  return { left: 56, top: 8, width: Math.max(40, width - 56 - 12), height: Math.max(40, height - 8 - 26) }
}

/** Returns the projection of a picture's values into its box. */
export function projectionOf(picture: Picture): Projection {
  return project(picture.spanX, picture.spanY, plotBox(picture), picture.spec.isLog)
}

/** Paints axes, bands, lines and thresholds. */
export function paint(surface: Surface, picture: Picture): void {
  const box = plotBox(picture)
  const at = projectionOf(picture)
  paintAxes(surface, picture, box, at)
  surface.clip(box)
  for (const line of picture.lines) paintBand(surface, line, at)
  for (const line of picture.lines) {
    const width = picture.lines.length > 12 ? 1 : 1.5
    for (const points of stretches(line, at, picture))
      surface.line(points, { color: line.color, width, dash: line.dash ?? [] })
  }
  for (const mark of picture.marks ?? []) {
    const x = at.x(mark)
    const points: Point[] = [
      [x, box.top],
      [x, box.top + box.height],
    ]
    surface.line(points, { color: picture.inks.mark, width: 1, dash: [3, 3] })
  }
  paintThresholds(surface, picture, box, at)
  for (const { step, value, text } of picture.notes ?? []) {
    const x = at.x(step)
    const y = value === null ? box.top + box.height - 10 : at.y(value)
    surface.text(`• ${visibleText(text)}`, x - 3, y, { color: picture.inks.mark, align: 'left', size: 11 })
  }
  surface.unclip()
}

function paintThresholds(surface: Surface, { spec, inks }: Picture, box: Box, at: Projection): void {
  const right = box.left + box.width
  for (const { value, label } of spec.thresholds) {
    if (spec.isLog && value <= 0) continue
    const y = at.y(value)
    const points: Point[] = [
      [box.left, y],
      [right, y],
    ]
    surface.line(points, { color: inks.threshold, width: 1, dash: [6, 4] })
    // The label is above its line, unless the line is at the top.
    const textY = y - 8 < box.top ? y + 8 : y - 8
    surface.text(visibleText(label), right - 4, textY, { color: inks.threshold, align: 'right', size: 11 })
  }
}

function paintAxes(surface: Surface, { spec, axis, spanX, spanY, inks }: Picture, box: Box, at: Projection): void {
  const bottom = box.top + box.height
  const ticksY = spec.isLog ? logSplits(NO_PLOT, 0, spanY[0], spanY[1]) : ticksIn(spanY, box.height / 40)
  const apart = Math.abs((ticksY[1] ?? 1) - (ticksY[0] ?? 0))
  const digits = digitsFor(Math.max(Math.abs(spanY[0]), Math.abs(spanY[1])), apart)
  for (const tick of ticksY) {
    const y = at.y(tick)
    surface.line(
      [
        [box.left, y],
        [box.left + box.width, y],
      ],
      { color: inks.grid, width: 1 },
    )
    const text = formatNumber(tick, spec.isLog ? 3 : digits)
    surface.text(text, box.left - 6, y, { color: inks.text, align: 'right', size: 11 })
  }
  const ticksX = ticksIn(spanX, box.width / 90)
  for (const tick of ticksX) {
    const x = at.x(tick)
    surface.line(
      [
        [x, box.top],
        [x, bottom],
      ],
      { color: inks.grid, width: 1 },
    )
    surface.text(placeText(axis, tick, spanX), x, bottom + 13, { color: inks.text, align: 'center', size: 11 })
  }
}

// The ticks of a log axis do not depend on the plot, which other charts pass.
const NO_PLOT = undefined as never

/** Formats a position on the horizontal axis for people. */
export function placeText(axis: AxisKind, value: number, [low, high]: Span): string {
  switch (axis.kind) {
    case 'step':
      return formatStep(value, (high - low) / 6)
    case 'time': {
      const date = new Date(value * 1000)
      return high - low > 86_400 * 2 ? date.toLocaleDateString() : date.toLocaleTimeString()
    }
    case 'relative':
      return durationText(value)
    case 'epoch':
      return formatNumber(value)
    case 'metric':
      return formatNumber(value, digitsFor(Math.max(Math.abs(low), Math.abs(high)), (high - low) / 6))
    default:
      return axis satisfies never
  }
}

function durationText(seconds: number): string {
  if (Math.abs(seconds) < 120) return `${formatNumber(seconds)} s`
  return Math.abs(seconds) < 7200 ? `${formatNumber(seconds / 60)} min` : `${formatNumber(seconds / 3600)} h`
}

function paintBand(surface: Surface, { xs, lows, highs, color }: Line, at: Projection): void {
  if (lows === undefined || highs === undefined) return
  let upper: Point[] = []
  let lower: Point[] = []
  const close = (): void => {
    if (upper.length > 1) surface.area([...upper, ...lower.reverse()], { color, alpha: 0.16 })
    upper = []
    lower = []
  }
  for (const [i, x] of xs.entries()) {
    const [low, high] = [lows[i] ?? null, highs[i] ?? null]
    const top = high === null ? Number.NaN : at.y(high)
    const bottom = low === null ? Number.NaN : at.y(low)
    if (Number.isFinite(top) && Number.isFinite(bottom)) {
      upper.push([at.x(x), top])
      lower.push([at.x(x), bottom])
    } else close()
  }
  close()
}

/** Returns the visible segments of a line, split at gaps. */
function stretches({ xs, ys }: Line, at: Projection, { spanX, spec }: Picture): readonly (readonly Point[])[] {
  const found: Point[][] = []
  let now: Point[] = []
  for (const [i, x] of xs.entries()) {
    const y = ys[i] ?? null
    const isDrawn = y !== null && (!spec.isLog || y > 0)
    // One point beyond each edge is included, so that the line continues to the edge of the box.
    const isNear = (xs[i + 1] ?? x) >= spanX[0] && (xs[i - 1] ?? x) <= spanX[1]
    if (isDrawn && isNear) now.push([at.x(x), at.y(y)])
    else if (now.length > 0) {
      found.push(now)
      now = []
    }
  }
  if (now.length > 0) found.push(now)
  // A line with a single point would be invisible.
  return found.map((points) => (points.length === 1 && points[0] !== undefined ? dotOf(points[0]) : points))
}

function dotOf([x, y]: Point): readonly Point[] {
  return [
    [x - 1.5, y],
    [x + 1.5, y],
  ]
}
