import type { AnnotationsAnswer } from './annotations.ts'
import type { RunLabels } from './labels.ts'
import type { Cell } from './table/table-wire.ts'
import type { RunStatus } from './wire.ts'

/** A request for the courses of metrics of several runs. */
export interface CompareSeriesRequest {
  readonly runs: readonly string[]
  readonly names: readonly string[]
  readonly from?: number | null
  readonly to?: number | null
  /** Buckets of one course at most. */
  readonly pixels?: number
  /** Also the smallest and the largest value of each bucket. */
  readonly extents?: boolean
}

/** One metric of one run: a bucket for each entry, at its last step. Values have seven significant digits. */
export interface CompareCourse {
  readonly name: string
  readonly steps: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min?: readonly (number | null)[]
  readonly max?: readonly (number | null)[]
  /** False while only a sample of a long file has been read. */
  readonly complete: boolean
}

/** Courses by run, in the order of the request; a run that cannot be read has a problem and no courses. */
export interface CompareSeries {
  readonly runs: readonly {
    readonly id: string
    readonly courses: readonly CompareCourse[]
    readonly problem: string | null
  }[]
}

/** Places of one run at which its step, time and epoch are known, by rising step. */
export interface AxisKnots {
  readonly steps: readonly number[]
  /** Epoch seconds; null if the file does not say. */
  readonly times: readonly (number | null)[]
  readonly epochs: readonly (number | null)[]
}

/** Facts about a run other than its curves. */
export interface CompareFacts {
  readonly id: string
  readonly name: string
  readonly status: RunStatus
  readonly step: number | null
  readonly labels: RunLabels
  readonly params: Readonly<Record<string, Cell>>
  /** Loaded callbacks, and whether each is enabled. */
  readonly callbacks: Readonly<Record<string, boolean>>
  /** The last value of every metric. */
  readonly metrics: Readonly<Record<string, number | null>>
  /** Applied changes, oldest first, without routine ones; the first of them only. */
  readonly changes: readonly { readonly step: number; readonly text: string; readonly by: string }[]
  /** The annotations of the run. */
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
  /** Metrics that both runs have, and were compared. */
  readonly names: readonly string[]
  /** False while a file is still being read. */
  readonly complete: boolean
}
