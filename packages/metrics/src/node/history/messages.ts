import type { EmaBuckets } from '../../history/ema-track.ts'
import type { RawSeriesPoints } from '../../history/points-around.ts'
import type { SeriesStats, StatsOptions } from '../../history/stats.ts'
import type { FarSteps } from '../../history/step-range.ts'
import type { Buckets, WindowOptions } from '../../history/window.ts'
import type { EmaOptions } from '../../judge/ema.ts'
import type { BadLines } from './saved-history.ts'

/** What is known of a metrics file. */
export interface HistoryOverview {
  readonly path: string
  readonly exists: boolean
  /** Its size, and how much of it has been read. */
  readonly bytes: number
  readonly indexedBytes: number
  /** Everything has been read; until then a long file is known by samples. */
  readonly complete: boolean
  readonly records: number
  /** Lowest and highest step, without those that are far away from all others; null without records. */
  readonly firstStep: number | null
  readonly lastStep: number | null
  /** Steps that are far away from all others: windows without bounds leave them out. Null if there is none. */
  readonly farSteps: FarSteps | null
  /** One more than the times that steps went back. */
  readonly attempts: number
  /** How often the file turned out to be another one and was read from its start. */
  readonly resets: number
  readonly badLines: BadLines
  /** What hinders reading or keeping, null when nothing does. */
  readonly error: string | null
  readonly names: readonly SeriesOverview[]
}

/** What is known of one name. */
export interface SeriesOverview {
  readonly name: string
  /** Points in the file, ghosts included. */
  readonly points: number
  /** The point written last; a value that was not finite is null. */
  readonly last: { readonly step: number; readonly value: number | null }
  /** Some of its steps were written more than once. */
  readonly rewound: boolean
}

/** Which window of which series. */
export interface SeriesRequest extends WindowOptions {
  readonly name: string
  /** An average wanted with it, over all points from the first of the series on. @defaultValue none */
  readonly ema?: EmaOptions | undefined
}

/** Which statistics of which series. */
export interface StatsRequest extends StatsOptions {
  readonly name: string
}

/** Which points of which series: `points` finite ones on each side of `step`. */
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
  /** The average over the same buckets; undefined where none was asked for. */
  readonly ema: EmaBuckets | undefined
  /** The parts in this window of what earlier attempts had, which were written again. */
  readonly ghosts: readonly { readonly attempt: number; readonly buckets: Buckets }[]
}

/** What a worker is told when it starts. */
export interface HistoryWorkerData {
  readonly pollMs: number
  readonly memoryBytes: number
}

/** What the store asks of its worker. */
export type HistoryRequest = {
  readonly id: number
  readonly file: number
} & (
  | {
      readonly kind: 'open'
      readonly path: string
      readonly cacheDirectory: string | false
      /** Directories in which the file must lie; undefined: anywhere. */
      readonly within: readonly string[] | undefined
    }
  | { readonly kind: 'overview' | 'ready' | 'close' | 'watch' | 'unwatch' }
  | { readonly kind: 'windows'; readonly requests: readonly SeriesRequest[] }
  | { readonly kind: 'stats'; readonly requests: readonly StatsRequest[] }
  | { readonly kind: 'around'; readonly requests: readonly AroundRequest[] }
)

/** What the worker says. */
export type HistoryMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'change'; readonly file: number; readonly overview: HistoryOverview }
