import { normalCdf } from '../src/special.ts'

/** How often a value of `a` is larger than one of `b`, ties counting half: 0.5 if they are equal, 0 if `a` is lower. */
export function shareLarger(a: readonly number[], b: readonly number[]): number {
  let larger = 0
  for (const x of a) for (const y of b) larger += x > y ? 1 : x === y ? 0.5 : 0
  return larger / (a.length * b.length)
}

/**
 * The p value of the one-sided Mann-Whitney test that values of `a` tend to be larger than those of `b`: the normal
 * approximation with the corrections for ties and continuity.
 */
export function mannWhitneyLarger(a: readonly number[], b: readonly number[]): number {
  const [n, m] = [a.length, b.length]
  const counts = new Map<number, number>()
  for (const x of [...a, ...b]) counts.set(x, (counts.get(x) ?? 0) + 1)
  let ties = 0
  for (const count of counts.values()) ties += count ** 3 - count
  const total = n + m
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  if (variance === 0) return 1
  const distance = shareLarger(a, b) * n * m - (n * m) / 2
  return 1 - normalCdf((distance - 0.5) / Math.sqrt(variance))
}

/** Holm's step-down adjustment: p values that can each be compared with a level that applies to all of them together. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => (ps[i] ?? 1) - (ps[j] ?? 1))
  const adjusted = [...ps]
  let least = 0
  for (const [rank, i] of order.entries()) {
    least = Math.min(1, Math.max(least, (ps.length - rank) * (ps[i] ?? 1)))
    adjusted[i] = least
  }
  return adjusted
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
