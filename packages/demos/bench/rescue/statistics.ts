/** The p value of McNemar's exact test that the first of two paired counts is not below the second. */
export function mcNemar(first: readonly boolean[], second: readonly boolean[]): number {
  let better = 0
  let worse = 0
  for (const [i, one] of first.entries()) {
    if (one && !second[i]) better++
    if (!one && second[i]) worse++
  }
  // One-sided: the chance of so many or more losses among those that differ.
  const differ = better + worse
  let p = 0
  for (let k = worse; k <= differ; k++) p += choose(differ, k) / 2 ** differ
  return differ === 0 ? 1 : p
}

function choose(n: number, k: number): number {
  let value = 1
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i
  return value
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The upper end of the 95 % interval of a median, by 10,000 bootstrap samples. */
export function upperBound(values: readonly number[], random: () => number): number {
  const medians = Array.from({ length: 10_000 }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN)),
  ).sort((a, b) => a - b)
  return medians[Math.floor(medians.length * 0.975)] ?? Number.NaN
}

/** Returns numbers from 0 to 1 that depend only on the seed (Numerical Recipes). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}
