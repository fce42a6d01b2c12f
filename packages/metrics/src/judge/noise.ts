/** A list of numbers: an array or part of a typed array. */
export type Numbers = ArrayLike<number>

/** Returns the median; for an even count, the mean of the two middle values. NaN if there are no values. */
export function median(values: Numbers): number {
  const { length } = values
  if (length === 0) return Number.NaN
  if (scratch.length < length) scratch = new Float64Array(2 * length)
  for (let i = 0; i < length; i++) scratch[i] = values[i] ?? Number.NaN
  return medianInPlace(length)
}

// All medians share the same memory, because rules run at every step.
let scratch = new Float64Array(512)

// Hoare's selection (1961), which sorts only as far as needed.
function medianInPlace(length: number): number {
  const middle = length >> 1
  const upper = select(middle, length)
  if (length % 2 === 1) return upper
  // No value before the middle is larger than the middle value.
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < middle; i++) lower = Math.max(lower, scratch[i] ?? Number.NaN)
  return (lower + upper) / 2
}

function select(place: number, length: number): number {
  let left = 0
  let right = length - 1
  while (left < right) {
    const [below, above] = partition(left, right)
    if (place <= below) right = below
    else if (place >= above) left = above
    else break
  }
  return scratch[place] ?? Number.NaN
}

/** Partitions a range around one of its values. Returns the end of the lower part and the start of the upper part. */
function partition(left: number, right: number): readonly [number, number] {
  const pivot = scratch[(left + right) >> 1] ?? 0
  let i = left
  let j = right
  for (;;) {
    while ((scratch[i] ?? 0) < pivot) i++
    while ((scratch[j] ?? 0) > pivot) j--
    if (i > j) return [j, i]
    const kept = scratch[i] ?? 0
    scratch[i++] = scratch[j] ?? 0
    scratch[j--] = kept
    if (i > j) return [j, i]
  }
}

/** Returns the median absolute deviation from the median, unscaled. NaN if there are no values. */
export function medianDeviation(values: Numbers, center: number = median(values)): number {
  const { length } = values
  if (length === 0) return Number.NaN
  if (scratch.length < length) scratch = new Float64Array(2 * length)
  for (let i = 0; i < length; i++) scratch[i] = Math.abs((values[i] ?? Number.NaN) - center)
  return medianInPlace(length)
}

/**
 * Returns the standard deviation of the noise around a slow trend: 1.4826 times the median absolute deviation of the first
 * differences, divided by the square root of 2. A trend shifts all differences equally, so it does not count.
 *
 * @returns 0 with fewer than three values: at least two differences are needed.
 */
export function noiseOf(values: Numbers): number {
  if (values.length < 3) return 0
  const differences = new Float64Array(values.length - 1)
  for (let i = 0; i < differences.length; i++) differences[i] = (values[i + 1] ?? 0) - (values[i] ?? 0)
  return (NORMAL_DEVIATION * medianDeviation(differences)) / Math.SQRT2
}

/** The ratio of the standard deviation of normal noise to its median absolute deviation. */
export const NORMAL_DEVIATION = 1.4826
