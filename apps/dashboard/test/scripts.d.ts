// Types for the plain JavaScript that benchmarks and scripts run directly.
declare module '*/bench/dashboard/generate-run.mjs' {
  export interface GeneratedRun {
    readonly lines?: number
    readonly names?: number | readonly string[]
    readonly seed?: number
    /** One-point spikes. */
    readonly spikes?: readonly { readonly step: number; readonly name: string; readonly value: number }[]
    readonly live?: boolean
    /** `processStart()`, of a live run. */
    readonly start?: string | null
    readonly changes?: boolean
    readonly config?: string
    readonly maxSteps?: number
  }
  export function generateRun(dir: string, options?: GeneratedRun): void
  export function metricNames(count: number): string[]
  export function seeded(seed: number): () => number
}

declare module '*/scripts/chromium.mjs' {
  export function findChromium(): string | undefined
}
