import { signal } from '@preact/signals'
import type { Line } from './lines.ts'
import { placeAfter } from './lines.ts'

/** The cursor's position on the horizontal axis of every chart; null if it is not on a chart. */
export const cursorX = signal<number | null>(null)

/** The run or group whose line is nearest to the cursor; null if there is none. */
export const hoveredLine = signal<string | null>(null)

/** A line near the cursor. */
export interface NearLine {
  readonly line: Line
  readonly x: number
  readonly y: number
}

/**
 * Returns the points of lines nearest to a position in x, sorted by their distance from `y`. `distance` measures it, for example
 * in pixels.
 */
export function nearLines(
  lines: readonly Line[],
  x: number,
  distance: (y: number) => number,
  most: number,
): readonly NearLine[] {
  const found: { readonly near: NearLine; readonly far: number }[] = []
  for (const line of lines) {
    const at = nearestPlace(line, x)
    const [px, y] = [line.xs[at], line.ys[at] ?? null]
    if (px === undefined || y === null || !isWithin(line, x)) continue
    found.push({ near: { line, x: px, y }, far: distance(y) })
  }
  return found
    .sort((a, b) => a.far - b.far)
    .slice(0, most)
    .map(({ near }) => near)
}

function nearestPlace({ xs }: Line, x: number): number {
  const after = placeAfter(xs, x)
  const [left, right] = [xs[after - 1], xs[after]]
  if (left === undefined) return after
  return right !== undefined && right - x < x - left ? after : after - 1
}

function isWithin({ xs }: Line, x: number): boolean {
  const [first = 0, last = 0] = [xs[0], xs.at(-1)]
  const apart = (last - first) / Math.max(1, xs.length - 1)
  return x >= first - apart && x <= last + apart
}
