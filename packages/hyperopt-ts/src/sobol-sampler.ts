import { priorCoordinate } from './axis.ts'
import { createPoint, decodePoint } from './layout.ts'
import type { Sampler } from './sampler-session.ts'
import { MOST_SOBOL_DIMENSIONS, sobolSequence } from './sobol.ts'
import { checkOptionKeys } from './space-check.ts'

/** Options for {@link sobolSampler}. */
export interface SobolOptions {
  /**
   * Whether to scramble the sequence with the study's seed. If false, the published points are used, the first of which is a corner of the
   * space.
   *
   * @defaultValue true
   */
  readonly scramble?: boolean
}

/**
 * Creates a sampler that fills the space evenly: trial n is the n-th point of a Sobol sequence over the priors, with the
 * direction numbers of Joe and Kuo (2008).
 *
 * It is most even for 2^k trials. It accepts spaces with up to 128 parameters, including those of all arms.
 *
 * @throws RangeError when the study is created, for a space with more parameters.
 */
export function sobolSampler(options: SobolOptions = {}): Sampler {
  checkOptionKeys(options, ['scramble'], 'sobolSampler')
  const { scramble = true } = options
  return {
    name: 'sobol',
    open: ({ layout, seed }) => {
      const dimensions = layout.axes.length
      if (dimensions > MOST_SOBOL_DIMENSIONS) {
        throw new RangeError(`sobolSampler() takes at most ${MOST_SOBOL_DIMENSIONS} parameters, got ${dimensions}`)
      }
      const sequence = sobolSequence(dimensions, scramble ? seed : undefined)
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
