/** Numbers in order: an array or a part of a typed one. */
export type Numbers = ArrayLike<number>

/** The middle value; the mean of the two middle ones for an even count. NaN for no values. */
export function median(values: Numbers): number {
  // Not `Float64Array.from`, which walks an iterator: rules ask for medians at every step.
  return medianInPlace(new Float64Array(values))
}

function medianInPlace(values: Float64Array): number {
  const sorted = values.sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Median absolute deviation from the median, unscaled. NaN for no values. */
export function medianDeviation(values: Numbers, center: number = median(values)): number {
  const deviations = new Float64Array(values.length)
  for (let i = 0; i < deviations.length; i++) deviations[i] = Math.abs((values[i] ?? Number.NaN) - center)
  return medianInPlace(deviations)
}

/**
 * Standard deviation of the noise around a course that moves slowly: 1.4826 times the median absolute deviation of the
 * first differences, divided by the square root of 2. A trend shifts all differences alike, so it does not count.
 *
 * @returns 0 with fewer than three values: two differences are needed to differ.
 */
export function noiseOf(values: Numbers): number {
  if (values.length < 3) return 0
  const differences = new Float64Array(values.length - 1)
  for (let i = 0; i < differences.length; i++) differences[i] = (values[i + 1] ?? 0) - (values[i] ?? 0)
  return (NORMAL_DEVIATION * medianDeviation(differences)) / Math.SQRT2
}

/** The standard deviation of normal noise is this many times its median absolute deviation. */
export const NORMAL_DEVIATION = 1.4826
