/**
 * An amount of money in whole billionths of a dollar, so that sums are exact. A token at 0.15 dollars per million costs
 * 150.
 */
export type NanoUsd = number

const NANO = 1_000_000_000

/** Converts dollars. @param usd At most 9 million dollars. */
export function nanoUsd(usd: number): NanoUsd {
  return Math.round(usd * NANO)
}

export function usdOf(nano: NanoUsd): number {
  return nano / NANO
}

/** Formats dollars: two decimal places from one cent on, and more below. */
export function showUsd(nano: NanoUsd): string {
  const usd = usdOf(nano)
  if (nano === 0 || Math.abs(usd) >= 0.01) return `$${usd.toFixed(2)}`
  return `$${usd.toFixed(6).replace(/0+$/, '')}`
}
