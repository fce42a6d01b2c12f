import { priorCoordinate } from './axis.ts'
import { createPoint, decodePoint, type Layout } from './layout.ts'
import type { Random } from './random.ts'
import type { Sampler } from './sampler-session.ts'

/** Creates a sampler that draws each parameter from its prior: uniform, log-uniform or normal. All arms are equally likely. */
export function randomSampler(): Sampler {
  return {
    name: 'random',
    open: ({ layout }) => ({ suggest: (_number, random) => decodePoint(layout, randomPoint(layout, random)) }),
  }
}

/** Returns a point drawn from the prior. */
export function randomPoint(layout: Layout, random: Random): Float64Array {
  return createPoint(layout, ({ axis }) => priorCoordinate(axis, random()))
}
