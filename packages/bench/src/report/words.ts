import type { Estimate } from '../statistics.ts'

/** With fewer pairs, a bootstrap interval of the median is not evidence. */
export const ENOUGH_SEEDS = 10

/** Formats an estimate as `-0.52 (-0.60 to -0.41)`. */
export function intervalText({ value, low, high }: Estimate): string {
  return `${fixed(value)} (${fixed(low)} to ${fixed(high)})`
}

/** Formats a fraction as `93 % (79 to 98)`. */
export function shareText({ value, low, high }: Estimate): string {
  const percent = (share: number): string => (100 * share).toFixed(0)
  return `${percent(value)} % (${percent(low)} to ${percent(high)})`
}

export function fixed(value: number): string {
  return Number.isNaN(value) ? '' : value.toFixed(3)
}

export function pText(p: number | null): string {
  if (p === null) return ''
  return p < 0.001 ? '< 0.001' : p.toFixed(3)
}

/** Lists seeds; a long list is shortened. */
export function seedsText(seeds: readonly number[]): string {
  const most = 8
  if (seeds.length === 0) return 'none'
  const more = seeds.length > most ? ` and ${seeds.length - most} more` : ''
  return `${seeds.length}: ${seeds.slice(0, most).join(', ')}${more}`
}
