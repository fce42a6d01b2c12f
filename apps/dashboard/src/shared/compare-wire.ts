import type { AnnotationsAnswer } from './annotations.ts'
import type { RunLabels } from './labels.ts'
import type { Cell } from './table/table-wire.ts'
import type { RunStatus } from './wire.ts'

/** A request for the metric curves of several runs. */
export interface CompareSeriesRequest {
  readonly runs: readonly string[]
  readonly names: readonly string[]
  readonly from?: number | null
  readonly to?: number | null
  /** Maximum number of buckets per curve. */
  readonly pixels?: number
  /** Whether to also return the minimum and maximum of each bucket. */
  readonly extents?: boolean
}

/**
 * The curve of one metric in one run. Each entry is a bucket, and `steps` contains the last step of each bucket. Values have seven
 * significant digits.
 */
export interface CompareCourse {
  readonly name: string
  readonly steps: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min?: readonly (number | null)[]
  readonly max?: readonly (number | null)[]
  /** False while only a sample of a long file has been read. */
  readonly complete: boolean
}

/** Curves by run, in the order of the request. A run that cannot be read has a `problem` and no curves. */
export interface CompareSeries {
  readonly runs: readonly {
    readonly id: string
    readonly courses: readonly CompareCourse[]
    readonly problem: string | null
  }[]
}

/** Sampled points of one run for which the step, the time and the epoch are known, ordered by step. */
export interface AxisKnots {
  readonly steps: readonly number[]
  /** Epoch seconds; null if the file does not contain the time. */
  readonly times: readonly (number | null)[]
  readonly epochs: readonly (number | null)[]
}

/** Facts about a run, except for its curves. */
export interface CompareFacts {
  readonly id: string
  readonly name: string
  readonly status: RunStatus
  readonly step: number | null
  readonly labels: RunLabels
  readonly params: Readonly<Record<string, Cell>>
  /** The loaded callbacks, and whether each is enabled. */
  readonly callbacks: Readonly<Record<string, boolean>>
  /** The last value of every metric. */
  readonly metrics: Readonly<Record<string, number | null>>
  /** The first applied changes, oldest first, excluding routine ones. */
  readonly changes: readonly { readonly step: number; readonly text: string; readonly by: string }[]
  /** The run's annotations. */
  readonly notes: AnnotationsAnswer
  readonly problem: string | null
}

/** The first value that differs between two runs. */
export interface Divergence {
  readonly step: number
  readonly name: string
  readonly a: number | null
  readonly b: number | null
}

export interface DivergenceAnswer {
  /** Null if no value of a shared metric differs at a shared step. */
  readonly first: Divergence | null
  /** The metrics that were compared, which both runs have. */
  readonly names: readonly string[]
  /** False while a file is still being read. */
  readonly complete: boolean
}
