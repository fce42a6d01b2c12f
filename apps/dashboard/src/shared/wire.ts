import type { EmaOptions, EmaState } from '@hotcb/metrics/judge'
import type {
  Capabilities,
  ControlDescription,
  FeatureRecord,
  FreezeState,
  Json,
  LedgerLine,
  RunDocument,
  StateDocument,
} from '@hotcb/protocol'

export type { ErrorBody, ErrorCode } from './error-body.ts'

import type { AlertsDocument, RowAlerts } from './alerts.ts'
import type { AutopilotDocument } from './autopilot.ts'
import type { Me, PersonHere } from './people.ts'
import type { TunerDocument } from './tuner.ts'

/**
 * The state of a run. `silent`: its kernel has not closed the run and shows no sign of life. `unknown`: whether it is alive
 * is not known yet. `idle`: no kernel is known.
 */
export type RunStatus = 'running' | 'paused' | 'silent' | 'unknown' | 'finished' | 'idle'

/** One line of the table of runs. */
export interface RunRow {
  readonly id: string
  /** Path below its root. */
  readonly name: string
  readonly status: RunStatus
  /** How we know that it is silent, or why its status is unknown; null if there is nothing to add. */
  readonly reason: string | null
  readonly step: number | null
  readonly max_steps: number | null
  readonly steps_per_second: number | null
  readonly key_metric: {
    readonly name: string
    readonly value: number | null
    /** The run is over, and its trainer recorded this value as the final one. It may be newer than any in the file of metrics. */
    readonly final: boolean
  } | null
  readonly last_change: ChangeSummary | null
  readonly freeze: string
  /** Epoch seconds of the newest sign of any of its files. */
  readonly updated: number
  readonly started_at: string | null
  readonly config: string | null
  readonly seed: number | null
  readonly kernel: string | null
  readonly attempt: number | null
  /** Why this run cannot be shown in full; null when all is well. */
  readonly problem: string | null
  /** Alerts that nobody has acknowledged; null if there are none. */
  readonly alerts: RowAlerts | null
}

/** The newest line of a ledger, short. */
export interface ChangeSummary {
  readonly seq: number
  readonly step: number | null
  readonly text: string
  readonly source: string
  readonly author: string | null
  readonly decision: string
  /** Epoch seconds. */
  readonly wall_time: number
}

/** A few points of one metric, first to last: its rough course. No number is computed from it. */
export interface Sparkline {
  readonly name: string
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
}

/** A summary of one metric. */
export interface MetricName {
  readonly name: string
  readonly count: number
  readonly last: number | null
  readonly last_step: number | null
}

/** All metrics of a run, and how far its file has been read. */
export interface MetricNames {
  readonly names: readonly MetricName[]
  /** Lowest and highest step, without those that are far away from all others. */
  readonly first_step: number | null
  readonly last_step: number | null
  /** Steps that are far away from all others, which windows without bounds leave out; null if there is none. */
  readonly far_steps: { readonly count: number; readonly lowest: number; readonly highest: number } | null
  /** Lines that are not lines of metrics, with the reason for the first; null if there is none. */
  readonly bad_lines: { readonly count: number; readonly reason: string } | null
  readonly indexed_bytes: number
  readonly total_bytes: number
}

/**
 * The points of a series by bucket, in order of steps: one entry of each list is one bucket. Each number is computed from all
 * points of its bucket. Null is a value that was not finite, or a mean of none.
 */
export interface SeriesBuckets {
  readonly first_step: readonly number[]
  readonly last_step: readonly number[]
  /** Points in the bucket, and how many of them are not finite. */
  readonly count: readonly number[]
  readonly gaps: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
  readonly first: readonly (number | null)[]
  readonly last: readonly (number | null)[]
}

/** A window of one series, at most a bucket for each pixel. */
export interface WireSeriesWindow {
  readonly name: string
  /** Points in the window. */
  readonly count: number
  /** False while only a sample of a long file has been read. */
  readonly complete: boolean
  readonly buckets: SeriesBuckets
  /** Null if none was requested. */
  readonly ema: SeriesEma | null
  /** Stretches of earlier attempts that were trained again. */
  readonly ghosts: readonly { readonly attempt: number; readonly buckets: SeriesBuckets }[]
}

/** An exponential moving average over all points from the first of the series on, by the buckets of a window. */
export interface SeriesEma {
  /** Mean of the average over the finite points of each bucket. */
  readonly mean: readonly (number | null)[]
  /** The average after the last finite point of each bucket. */
  readonly last: readonly (number | null)[]
  /** Its state after the last point of the series, to be continued with live points. */
  readonly end: EmaState
}

/** One request of a batch of windows. */
export interface WindowRequest {
  readonly name: string
  readonly from?: number | null
  readonly to?: number | null
  readonly pixels?: number
  readonly ema?: EmaOptions | null
}

/** One request of a batch of statistics. `parts`: shares of the points in the range, such as `[0, 0.05]`. */
export interface WireStatsRequest {
  readonly name: string
  readonly from?: number | null
  readonly to?: number | null
  readonly parts?: readonly (readonly [start: number, end: number])[]
}

/** A step and the value there; null for one that is not finite. */
export interface WireStepValue {
  readonly step: number
  readonly value: number | null
}

/** Statistics over all points of a range of a series. */
export interface WireSeriesStats {
  readonly name: string
  readonly complete: boolean
  /** Points in the range, and how many of them are not finite. */
  readonly count: number
  readonly gaps: number
  readonly mean: number | null
  /** Smallest and largest finite value, each at its first step. */
  readonly min: { readonly step: number; readonly value: number } | null
  readonly max: { readonly step: number; readonly value: number } | null
  readonly first: WireStepValue | null
  readonly last: WireStepValue | null
  /** When first and last were written, in epoch seconds; null if the file does not say. */
  readonly first_time: number | null
  readonly last_time: number | null
  /** The means of the requested parts, in their order. */
  readonly parts: readonly (number | null)[]
}

/** One request of points next to a step: `points` finite ones on each side. */
export interface WireAroundRequest {
  readonly name: string
  readonly step: number
  readonly points: number
}

/** Points next to a step, by rising step. Only the point at the step itself may be null, a value that was not finite. */
export interface WireSeriesPoints {
  readonly name: string
  readonly complete: boolean
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  /** When each was written, in epoch seconds; null if the file does not say. */
  readonly times: readonly (number | null)[]
}

/** Everything about one run but its streams. */
export interface RunDetail {
  readonly row: RunRow
  readonly run: RunDocument | null
  readonly state: StateDocument | null
  readonly freeze: FreezeState
  readonly controls: readonly ControlDescription[]
  /** Descriptors of the run's own modules, as its kernel wrote them; those that cannot be used are left out. */
  readonly modules: readonly Json[]
  readonly capabilities: Capabilities | null
  readonly checkpoints: readonly { readonly tag: string; readonly step: number | null }[]
  /** False if this kernel answers no `cid` (hotcb 2). */
  readonly answers: boolean
  /** Why nothing may be written here; null when it may. */
  readonly read_only: string | null
  /** Whether what the training prints is kept in a file. */
  readonly has_output: boolean
  /** Whether it has images, texts or captured activations as files. */
  readonly has_media: boolean
}

/** The state of a run that changes from step to step. */
export type RunState = Omit<RunDetail, 'checkpoints'>

/** A part of the ledger, oldest first. */
export interface LedgerPage {
  readonly lines: readonly LedgerLine[]
  /** How many lines the ledger has; the first of `lines` is number `start`. */
  readonly total: number
  readonly start: number
  readonly cursor: string | null
  /** Lines that are no ledger lines, with the reason. */
  readonly garbage: number
}

/** A change that shows on charts. */
export interface Marker {
  readonly seq: number
  readonly step: number
  readonly module: string
  readonly op: string
  readonly id: string
  readonly source: string
  readonly author: string | null
  readonly params: Json
  readonly old: Json
  readonly reverts: number | null
  /** What the kernel decided, such as `applied` or `rejected`. */
  readonly decision: string
  /** Why it was refused, or what the kernel noted; null if there is nothing to add. */
  readonly note: string | null
  readonly wall_time: number
}

/** The changes that show on charts, oldest first. Lines of the ledger that come later are added by `foldMarkers`. */
export interface MarkerList {
  /** Applied changes. */
  readonly markers: readonly Marker[]
  /** The newest commands that were not applied: refused, failed, expired, or without effect. */
  readonly refused: readonly Marker[]
  /** Number of the newest attempt; 0 before the first. */
  readonly attempt: number
  /** How many lines of the ledger went into it. */
  readonly lines: number
}

/** The answer to a POST of commands: one `cid` for each, in order. The outcome arrives from the ledger. */
export interface CommandsAccepted {
  readonly cids: readonly string[]
  /** Notes for the reader, such as a kernel that shows no sign of life. */
  readonly notes: readonly string[]
}

/** Streams of lines, and what they carry. They are followed by cursor: nothing is lost, and nothing comes twice. */
export interface LineStreams {
  readonly metrics: MetricsData
  readonly ledger: readonly LedgerLine[]
  readonly log: readonly string[]
  readonly features: readonly FeatureRecord[]
}

/** Streams of documents, and what they carry. The newest wins. */
export interface DocumentStreams {
  /** It changes with every step; the checkpoints, which hardly ever do, are a separate document. */
  readonly state: RunState
  readonly checkpoints: Pick<RunDetail, 'checkpoints'>
  readonly runs: { readonly rows: readonly RunRow[]; readonly removed: readonly string[] }
  /** Who has a run open: the clients that follow this document. */
  readonly people: { readonly people: readonly PersonHere[] }
  readonly autopilot: AutopilotDocument
  readonly alerts: AlertsDocument
  readonly tuner: { readonly tune: TunerDocument | null }
}

/** Everything that can be followed, by name. */
export type StreamData = LineStreams & DocumentStreams

export type StreamChannel = keyof LineStreams
export type DocumentChannel = keyof DocumentStreams
export type WireChannel = StreamChannel | DocumentChannel

/** A message of a page. */
export type ClientMessage =
  | {
      readonly type: 'subscribe'
      readonly run: string
      readonly channel: WireChannel
      readonly cursor?: string | null
      /** Only these metrics. */
      readonly names?: readonly string[]
    }
  | { readonly type: 'unsubscribe'; readonly run: string; readonly channel: WireChannel }
  /** The name of this page for the others. If the token names a person, that name is used. */
  | { readonly type: 'name'; readonly name: string | null }
  | { readonly type: 'ping' }

/** New points by metric. */
export interface MetricsData {
  /** Every new point of a metric, by name. */
  readonly series: Readonly<Record<string, readonly [steps: readonly number[], values: readonly (number | null)[]]>>
  /** The metrics with too many new points at once, which are sent as buckets, instead of in `series`. */
  readonly bursts: Readonly<Record<string, SeriesBuckets>>
  readonly last_step: number | null
  /** True when a step was below one before it: read the windows again. */
  readonly rewound: boolean
  readonly new_names: boolean
}

/** New lines of a stream; `cursor` is the place behind them. */
export type LineMessage = {
  readonly [Name in StreamChannel]: {
    readonly type: 'data'
    readonly run: string
    readonly channel: Name
    readonly cursor: string
    readonly data: LineStreams[Name]
  }
}[StreamChannel]

/** A document as it is now. The table of runs belongs to no run: its `run` is empty. */
export type DocumentMessage = {
  readonly [Name in DocumentChannel]: {
    readonly type: 'data'
    readonly run: string
    readonly channel: Name
    readonly data: DocumentStreams[Name]
  }
}[DocumentChannel]

/** A message to a page. */
export type ServerMessage =
  | {
      readonly type: 'hello'
      readonly protocol: number
      readonly instance: string
      readonly version: string
      /** This page among those of `people`. */
      readonly client: string
      readonly you: Pick<Me, 'user' | 'role'>
    }
  | { readonly type: 'pong' }
  | LineMessage
  | DocumentMessage
  /** The file was replaced, or too much was missed: read again over HTTP, then continue from `cursor`. */
  | {
      readonly type: 'restart'
      readonly run: string
      readonly channel: WireChannel
      readonly cursor: string
      readonly reason: 'replaced' | 'behind'
    }
  | { readonly type: 'gone'; readonly run: string }
  | { readonly type: 'error'; readonly run: string; readonly channel: string; readonly message: string }
