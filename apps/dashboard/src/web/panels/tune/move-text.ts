import { formatNumber } from '../../../shared/describe.ts'
import type { TunerMutation } from '../../../shared/tuner.ts'

/** Returns the text of a tuner's change: `lr 0.05 → 0.158`. */
export function moveText({ key, from, to }: Pick<TunerMutation, 'key' | 'from' | 'to'>): string {
  return `${key} ${formatNumber(from)} → ${formatNumber(to)}`
}
