/** A line in a chart. Its x values increase, unless the axis is a metric. */
export interface Line {
  /** The id of the run or the group of runs. */
  readonly id: string
  readonly label: string
  readonly color: string
  /** Lengths of dash and gap in pixels. Default: a solid line. */
  readonly dash?: readonly number[]
  readonly xs: readonly number[]
  readonly ys: readonly (number | null)[]
  /** Edges of the band around the line; absent if it has no band. */
  readonly lows?: readonly (number | null)[]
  readonly highs?: readonly (number | null)[]
  /** False while only a sample of a long file has been read. */
  readonly isComplete: boolean
}

/** Returns the value of a line at a position, interpolated linearly; null outside the line and in gaps. */
export function valueAt({ xs, ys }: Pick<Line, 'xs' | 'ys'>, x: number): number | null {
  const after = placeAfter(xs, x)
  const [right, rightX] = [ys[after] ?? null, xs[after]]
  if (rightX === x) return right
  const [left, leftX] = [ys[after - 1] ?? null, xs[after - 1]]
  if (left === null || right === null || leftX === undefined || rightX === undefined) return null
  return left + ((right - left) * (x - leftX)) / (rightX - leftX)
}

/** Returns the first index whose position is at or after `x`; the length if there is none. */
export function placeAfter(xs: readonly number[], x: number): number {
  let low = 0
  let high = xs.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((xs[middle] ?? 0) < x) low = middle + 1
    else high = middle
  }
  return low
}
