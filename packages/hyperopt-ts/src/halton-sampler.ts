import { priorCoordinate } from './axis.ts'
import { scrambledHalton } from './halton.ts'
import { createPoint, decodePoint } from './layout.ts'
import type { Sampler } from './sampler-session.ts'

/**
 * Creates a sampler that fills the space evenly: trial n is the n-th point of a scrambled Halton sequence over the priors.
 *
 * It is better than random search if only a few parameters matter. Any number of processes can share it without communicating.
 */
export function haltonSampler(): Sampler {
  return {
    name: 'halton',
    open: ({ layout, seed }) => {
      const sequence = scrambledHalton(seed, layout.axes.length)
      return {
        suggest: (number) =>
          decodePoint(
            layout,
            createPoint(layout, ({ axis, index }) => priorCoordinate(axis, sequence(number, index))),
          ),
      }
    },
  }
}
