import { type PercentilePrunerOptions, percentilePruner } from './percentile-pruner.ts'
import type { Pruner } from './pruner.ts'

/** Options for {@link medianPruner}. */
export interface MedianPrunerOptions extends PercentilePrunerOptions {}

/**
 * Stops a trial whose best value so far is worse than the median of the other trials at the same step (Golovin et al.
 * 2017, "Google Vizier", section 3.2): {@link percentilePruner} at 50.
 *
 * @throws RangeError for options below zero.
 */
export function medianPruner(options: MedianPrunerOptions = {}): Pruner {
  return { ...percentilePruner(50, options), name: 'median' }
}
