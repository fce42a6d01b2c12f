/** The training data for trees. Coordinates are in [0, 1], or are indexes of unordered values. */
export interface TreeData {
  /** For each axis, the number of its unordered values; 0 for an ordered axis. */
  readonly kinds: readonly number[]
  /** Row by row: row * kinds.length + axis. */
  readonly points: Float64Array
  readonly values: Float64Array
}

/** A region of the space in which the tree has one value. */
export interface Leaf {
  readonly value: number
  /** For each axis the interval, or the values without order that belong to it. */
  readonly ranges: readonly Range[]
}

/** The range of one axis that a leaf covers. */
export type Range = { readonly low: number; readonly high: number } | { readonly members: Uint8Array }

/** Returns the fraction of its axis that a range covers. */
export function measure(range: Range): number {
  if ('low' in range) return range.high - range.low
  return range.members.reduce((a, b) => a + b, 0) / range.members.length
}

interface Split {
  readonly axis: number
  readonly gain: number
  readonly left: Range
  readonly right: Range
  readonly goesLeft: (row: number) => boolean
}

/** Grows a regression tree (Breiman et al. 1984) on some rows until no split lowers the squared error. Returns its leaves. */
export function growTree(data: TreeData, rows: Int32Array): Leaf[] {
  const leaves: Leaf[] = []
  const whole = data.kinds.map(
    (count): Range => (count > 0 ? { members: new Uint8Array(count).fill(1) } : { low: 0, high: 1 }),
  )
  const grow = (part: Int32Array, ranges: readonly Range[]): void => {
    const split = bestSplit(data, part, ranges)
    if (split === undefined) {
      let sum = 0
      for (const row of part) sum += data.values[row] ?? 0
      leaves.push({ value: sum / part.length, ranges })
      return
    }
    const put = (range: Range): Range[] => ranges.map((one, axis) => (axis === split.axis ? range : one))
    grow(part.filter(split.goesLeft), put(split.left))
    grow(
      part.filter((row) => !split.goesLeft(row)),
      put(split.right),
    )
  }
  grow(rows, whole)
  return leaves
}

function bestSplit(data: TreeData, part: Int32Array, ranges: readonly Range[]): Split | undefined {
  if (part.length < 4) return undefined
  let best: Split | undefined
  for (const [axis, range] of ranges.entries()) {
    const split =
      'low' in range ? splitInterval(data, part, axis, range) : splitMembers(data, part, axis, range.members)
    if (split !== undefined && split.gain > (best?.gain ?? 1e-12)) best = split
  }
  return best
}

function splitInterval(
  { points, kinds, values }: TreeData,
  part: Int32Array,
  axis: number,
  range: { readonly low: number; readonly high: number },
): Split | undefined {
  const at = (row: number): number => points[row * kinds.length + axis] ?? 0
  const sorted = part.slice().sort((a, b) => at(a) - at(b) || a - b)
  const cut = bestCut(sorted, values, (i) => at(sorted[i - 1] ?? 0) < at(sorted[i] ?? 0))
  if (cut === undefined) return undefined
  const place = (at(sorted[cut.count - 1] ?? 0) + at(sorted[cut.count] ?? 0)) / 2
  return {
    axis,
    gain: cut.gain,
    left: { low: range.low, high: place },
    right: { low: place, high: range.high },
    goesLeft: (row) => at(row) < place,
  }
}

/** Sorts unordered values by their means. The best cut of this order is the best of all partitions. */
function splitMembers(
  { points, kinds, values }: TreeData,
  part: Int32Array,
  axis: number,
  members: Uint8Array,
): Split | undefined {
  const of = (row: number): number => points[row * kinds.length + axis] ?? 0
  const sums = new Float64Array(members.length)
  const counts = new Float64Array(members.length)
  for (const row of part) {
    sums[of(row)] = (sums[of(row)] ?? 0) + (values[row] ?? 0)
    counts[of(row)] = (counts[of(row)] ?? 0) + 1
  }
  const mean = (value: number): number => (sums[value] ?? 0) / (counts[value] ?? 1)
  const order = (a: number, b: number): number => mean(of(a)) - mean(of(b)) || of(a) - of(b) || a - b
  const sorted = part.slice().sort(order)
  const cut = bestCut(sorted, values, (i) => of(sorted[i - 1] ?? 0) !== of(sorted[i] ?? 0))
  if (cut === undefined) return undefined
  const left = new Uint8Array(members.length)
  for (let i = 0; i < cut.count; i++) left[of(sorted[i] ?? 0)] = 1
  // Values that do not occur in any row here go to the larger side, whose mean is nearer to the overall mean.
  if (cut.count * 2 > sorted.length) for (const [value, count] of counts.entries()) if (count === 0) left[value] = 1
  const inLeft = left.map((one, value) => one & (members[value] ?? 0))
  const inRight = left.map((one, value) => (1 - one) & (members[value] ?? 0))
  return {
    axis,
    gain: cut.gain,
    left: { members: inLeft },
    right: { members: inRight },
    goesLeft: (row) => left[of(row)] === 1,
  }
}

/** Returns the number of sorted rows after which to cut, and the reduction of the squared error. */
function bestCut(
  sorted: Int32Array,
  values: Float64Array,
  mayCut: (count: number) => boolean,
): { count: number; gain: number } | undefined {
  let total = 0
  for (const row of sorted) total += values[row] ?? 0
  let best: { count: number; gain: number } | undefined
  let left = 0
  for (let count = 1; count < sorted.length; count++) {
    left += values[sorted[count - 1] ?? 0] ?? 0
    if (!mayCut(count)) continue
    const right = total - left
    const gain = (left * left) / count + (right * right) / (sorted.length - count) - (total * total) / sorted.length
    if (gain > (best?.gain ?? 1e-12)) best = { count, gain }
  }
  return best
}
