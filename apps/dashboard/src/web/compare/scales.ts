import type { ChartOptions } from './chart-spec.ts'
import type { Line } from './lines.ts'

/** The limits of an axis. */
export type Span = readonly [low: number, high: number]

/** Returns the horizontal range of lines; 0 to 1 if there are none. */
export function spanOfX(lines: readonly Line[]): Span {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { xs } of lines) {
    for (const x of xs) {
      if (x < low) low = x
      if (x > high) high = x
    }
  }
  if (low > high) return [0, 1]
  return low === high ? [low - 0.5, high + 0.5] : [low, high]
}

/** Returns the vertical range of the visible values and thresholds. Limits set by a person override it. */
export function spanOfY(lines: readonly Line[], shown: Span, spec: ChartOptions): Span {
  const canDraw = (value: number): boolean => !spec.isLog || value > 0
  const values = [...valuesIn(lines, shown), ...spec.thresholds.map(({ value }) => value)]
    .filter(canDraw)
    .sort((a, b) => a - b)
  const share = spec.hidesOutliers ? Math.floor(values.length / 100) : 0
  const least = values[share] ?? (spec.isLog ? 0.1 : 0)
  const fitted = withMargin([least, values[values.length - 1 - share] ?? 1], spec.isLog)
  const low = spec.low !== null && canDraw(spec.low) ? spec.low : fitted[0]
  const high = spec.high !== null && canDraw(spec.high) ? spec.high : fitted[1]
  return low < high ? [low, high] : fitted
}

function withMargin([low, high]: Span, isLog: boolean): Span {
  if (isLog) {
    const factor = low === high ? 1.1 : (high / low) ** 0.04
    return [low / factor, high * factor]
  }
  const edge = low === high ? Math.abs(low) * 0.05 || 0.5 : (high - low) * 0.04
  return [low - edge, high + edge]
}

function valuesIn(lines: readonly Line[], [from, to]: Span): number[] {
  const values: number[] = []
  for (const { xs, ys, lows, highs } of lines) {
    const columns = [ys, ...(lows === undefined ? [] : [lows]), ...(highs === undefined ? [] : [highs])]
    for (const [i, x] of xs.entries()) {
      if (x >= from && x <= to) values.push(...columns.flatMap((column) => column[i] ?? []))
    }
  }
  return values
}

/** Round numbers in a range, about `count` of them. */
export function ticksIn([low, high]: Span, count: number): readonly number[] {
  const rough = (high - low) / Math.max(1, count)
  if (!(rough > 0) || !Number.isFinite(rough)) return []
  const power = 10 ** Math.floor(Math.log10(rough))
  const stride = power * ([1, 2, 5].find((step) => step * power >= rough * 0.999) ?? 10)
  const first = Math.ceil(low / stride - 1e-9)
  const last = Math.floor(high / stride + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * stride)
}

/** Converts values to positions on the screen. */
export interface Projection {
  x(value: number): number
  y(value: number): number
}

/** Creates the projection of values into a box in pixels. */
export function project(
  spanX: Span,
  spanY: Span,
  box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  isLog: boolean,
): Projection {
  const flat = (value: number): number => (isLog ? Math.log(value) : value)
  const [low, high] = [flat(spanY[0]), flat(spanY[1])]
  const scaleX = box.width / (spanX[1] - spanX[0])
  const scaleY = box.height / (high - low)
  return {
    x: (value) => box.left + (value - spanX[0]) * scaleX,
    y: (value) => box.top + box.height - (flat(value) - low) * scaleY,
  }
}
