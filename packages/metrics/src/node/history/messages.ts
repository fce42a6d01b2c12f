import type { EmaBuckets } from '../../history/ema-track.ts'
import type { RawSeriesPoints } from '../../history/points-around.ts'
import type { SeriesStats, StatsOptions } from '../../history/stats.ts'
import type { OutlierSteps } from '../../history/step-range.ts'
import type { Buckets, WindowOptions } from '../../history/window.ts'
import type { EmaOptions } from '../../judge/ema.ts'
import type { BadLines } from './saved-history.ts'

/** The overview of a metrics file. */
export interface HistoryOverview {
  readonly path: string
  readonly exists: boolean
  /** Its size and the number of bytes read. */
  readonly bytes: number
  readonly indexedBytes: number
  /** Whether everything has been read. Until then, the answers for a long file come from samples. */
  readonly complete: boolean
  readonly records: number
  /** The lowest and highest step, without steps that are far away from all others; null without records. */
  readonly firstStep: number | null
  readonly lastStep: number | null
  /** Steps that are far away from all others, which windows without bounds leave out. Null if there are none. */
  readonly farSteps: OutlierSteps | null
  /** One more than the number of times that steps went back. */
  readonly attempts: number
  /** The number of times the file was replaced and read again from the start. */
  readonly resets: number
  readonly badLines: BadLines
  /** Why the file cannot be read or cached; null if it can. */
  readonly error: string | null
  readonly names: readonly SeriesOverview[]
}

/** The overview of one name. */
export interface SeriesOverview {
  readonly name: string
  /** The number of points in the file, including ghosts. */
  readonly points: number
  /** The last written point; a value that was not finite is null. */
  readonly last: { readonly step: number; readonly value: number | null }
  /** Whether some of its steps were written more than once. */
  readonly rewound: boolean
}

/** The request for a window of a series. */
export interface SeriesRequest extends WindowOptions {
  readonly name: string
  /** An average to compute over all points in the series, starting with the first. @defaultValue none */
  readonly ema?: EmaOptions | undefined
}

/** The request for statistics of a series. */
export interface StatsRequest extends StatsOptions {
  readonly name: string
}

/** The request for points in a series: `points` finite ones on each side of `step`. */
export interface AroundRequest {
  readonly name: string
  readonly step: number
  readonly points: number
}

/** Statistics of a series, exact if `complete`. */
export interface NamedStats extends SeriesStats {
  readonly name: string
  readonly complete: boolean
}

/** Points of a series around a step, exact if `complete`. */
export interface NamedPoints extends RawSeriesPoints {
  readonly name: string
  readonly complete: boolean
}

/** A window of a series, exact if `complete`. */
export interface SeriesWindow {
  readonly name: string
  readonly complete: boolean
  readonly buckets: Buckets
  /** The average over the same buckets; undefined if none was requested. */
  readonly ema: EmaBuckets | undefined
  /** The overwritten values from earlier attempts in this window. */
  readonly ghosts: readonly { readonly attempt: number; readonly buckets: Buckets }[]
}

/** A worker's start options. */
export interface HistoryWorkerData {
  readonly pollMs: number
  readonly memoryBytes: number
}

/** A request from the store to its worker. */
export type HistoryRequest = {
  readonly id: number
  readonly file: number
} & (
  | {
      readonly kind: 'open'
      readonly path: string
      readonly cacheDirectory: string | false
      /** The directories that must contain the file; undefined: anywhere. */
      readonly within: readonly string[] | undefined
    }
  | { readonly kind: 'overview' | 'ready' | 'close' | 'watch' | 'unwatch' }
  | { readonly kind: 'windows'; readonly requests: readonly SeriesRequest[] }
  | { readonly kind: 'stats'; readonly requests: readonly StatsRequest[] }
  | { readonly kind: 'around'; readonly requests: readonly AroundRequest[] }
)

/** A message from the worker. */
export type HistoryMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'change'; readonly file: number; readonly overview: HistoryOverview }
