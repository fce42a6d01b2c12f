export interface GeneratedRun {
  readonly lines?: number
  readonly names?: number | readonly string[]
  readonly seed?: number
  /** Steps at which one metric each has a spike of one point. */
  readonly spikes?: readonly { readonly step: number; readonly name: string; readonly value: number }[]
  readonly live?: boolean
  readonly changes?: boolean
  readonly config?: string
  readonly maxSteps?: number
}
export function generateRun(dir: string, options?: GeneratedRun): void
export function metricNames(count: number): string[]
export function metricsLine(step: number, names: readonly string[], random: () => number, startedAt: number): string
export function seeded(seed: number): () => number
