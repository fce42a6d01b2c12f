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
  /** Whether everything has been read. Until then, a long file is known from samples. */
  readonly complete: boolean
  readonly records: number
  /** The lowest and highest step, without steps that are far away from all others; null without records. */
  readonly firstStep: number | null
  readonly lastStep: number | null
  /** Steps that are far away from all others: windows without bounds leave them out. Null if there is none. */
  readonly farSteps: OutlierSteps | null
  /** One more than the number of times that steps went back. */
  readonly attempts: number
  /** How often the file was replaced and read from its start. */
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
  /** A requested average over all points from the first of the series on. @defaultValue none */
  readonly ema?: EmaOptions | undefined
}

/** The request for statistics of a series. */
export interface StatsRequest extends StatsOptions {
  readonly name: string
}

/** The request for points of a series: `points` finite ones on each side of `step`. */
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
  /** The values of earlier attempts in this window that were overwritten. */
  readonly ghosts: readonly { readonly attempt: number; readonly buckets: Buckets }[]
}

/** The start options of a worker. */
export interface HistoryWorkerData {
  readonly pollMs: number
  readonly memoryBytes: number
}

/** A request of the store to its worker. */
export type HistoryRequest = {
  readonly id: number
  readonly file: number
} & (
  | {
      readonly kind: 'open'
      readonly path: string
      readonly cacheDirectory: string | false
      /** The directories in which the file must be; undefined: anywhere. */
      readonly within: readonly string[] | undefined
    }
  | { readonly kind: 'overview' | 'ready' | 'close' | 'watch' | 'unwatch' }
  | { readonly kind: 'windows'; readonly requests: readonly SeriesRequest[] }
  | { readonly kind: 'stats'; readonly requests: readonly StatsRequest[] }
  | { readonly kind: 'around'; readonly requests: readonly AroundRequest[] }
)

/** A message of the worker. */
export type HistoryMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'change'; readonly file: number; readonly overview: HistoryOverview }
