import { priorCoordinate } from './axis.ts'
import { scrambledHalton } from './halton.ts'
import { createPoint, decodePoint } from './layout.ts'
import type { Sampler } from './sampler-session.ts'

/**
 * A sampler that fills the space evenly: trial n is the n-th point of a scrambled Halton sequence over the priors.
 *
 * It beats random search where few parameters matter, and any number of processes may share it without talking.
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
