import type { Space } from './dimension.ts'
import { createLayout, decodePoint } from './layout.ts'
import type { Params } from './params.ts'
import { createRandom } from './random.ts'
import { randomPoint } from './random-sampler.ts'
import { show } from './show.ts'

/**
 * Random search without a study: an endless sequence of parameters drawn from the prior.
 *
 * They are the same, trial by trial, as those of a study with `randomSampler()` and the same seed.
 *
 * @param seed A whole number >= 0. @defaultValue 0
 * @throws TypeError or RangeError if the space cannot be searched or the seed is not a whole number >= 0.
 * @example
 * ```ts
 * for (const params of randomParams({ lr: float(1e-5, 1, { log: true }) }, 7)) {
 *   if (train(params) < 0.1) break
 * }
 * ```
 */
export function randomParams<const S extends Space>(space: S, seed = 0): IterableIterator<Params<S>> {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`\`seed\` must be a whole number >= 0, got ${show(seed)}`)
  }
  const layout = createLayout(space)
  return draw()

  function* draw(): IterableIterator<Params<S>> {
    for (let number = 0; ; number++) {
      // The layout was built from this space, so decoded values have its shape.
      yield decodePoint(layout, randomPoint(layout, createRandom(seed, number))) as Params<S>
    }
  }
}
