import { createRandom } from '../../packages/hyperopt-ts/src/index.ts'

/** An estimate with the bounds of its 95 % interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 10_000

/**
 * Estimates a value from paired runs, with a bootstrap interval: seeds are drawn with replacement, and all arms of a seed stay together.
 *
 * @param figure Computes it from the seeds that were drawn.
 */
export function bootstrap(seeds: readonly number[], figure: (seeds: readonly number[]) => number): Estimate {
  const random = createRandom(1)
  const drawn = Array.from({ length: RESAMPLES }, () =>
    figure(seeds.map(() => seeds[Math.floor(random() * seeds.length)] ?? 0)),
  ).sort((a, b) => a - b)
  return { value: figure(seeds), low: drawn[RESAMPLES * 0.025] ?? Number.NaN, high: drawn[RESAMPLES * 0.975 - 1] ?? Number.NaN }
} // biome-ignore format: more readable

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = sorted.length >> 1
  const upper = sorted[at] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[at - 1] ?? Number.NaN) + upper) / 2
}
