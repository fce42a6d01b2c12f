export type { Axis } from './axis.ts'
export {
  type Bandwidth,
  type BandwidthContext,
  type NeighbourOptions,
  neighbourBandwidth,
  type ScottOptions,
  scottBandwidth,
} from './bandwidth.ts'
export { createLayout, type Group, type Layout, type Member } from './layout.ts'
export { createRandom, type Random } from './random.ts'
export type { SamplerContext, SamplerSession } from './sampler-session.ts'
export { defaultGamma, equalWeights, recentWeights } from './tpe.ts'
