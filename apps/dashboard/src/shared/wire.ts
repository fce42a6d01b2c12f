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
 * A run's state. `silent`: its kernel has not closed the run and shows no sign of life. `unknown`: it is not yet known whether the
 * kernel is alive. `idle`: the run has no known kernel.
 */
export type RunStatus = 'running' | 'paused' | 'silent' | 'unknown' | 'finished' | 'idle'

/** One row of the table of runs. */
export interface RunRow {
  readonly id: string
  /** Path relative to its root. */
  readonly name: string
  readonly status: RunStatus
  /** Why the run counts as silent, or why its status is unknown; null if there is nothing to add. */
  readonly reason: string | null
  readonly step: number | null
  readonly max_steps: number | null
  readonly steps_per_second: number | null
  readonly key_metric: {
    readonly name: string
    readonly value: number | null
    /** Whether the run has ended and its trainer recorded this final value. It may be newer than the values in the metrics file. */
    readonly final: boolean
  } | null
  readonly last_change: ChangeSummary | null
  readonly freeze: string
  /** When any of its files last changed, in epoch seconds. */
  readonly updated: number
  readonly started_at: string | null
  readonly config: string | null
  readonly seed: number | null
  readonly kernel: string | null
  readonly attempt: number | null
  /** Why this run cannot be shown in full; null if it can. */
  readonly problem: string | null
  /** Alerts that no one has acknowledged; null if there are none. */
  readonly alerts: RowAlerts | null
}

/** A summary of the latest ledger line. */
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

/**
 * A few points of one metric, in order, which show the rough shape of its curve. They are only for drawing; no number is computed from
 * them.
 */
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

/** All of a run's metrics, and how much of the file has been read. */
export interface MetricNames {
  readonly names: readonly MetricName[]
  /** Lowest and highest step, ignoring `far_steps`. */
  readonly first_step: number | null
  readonly last_step: number | null
  /** Steps that are so far from all others that they are probably wrong. Windows without bounds leave them out. Null if there are none. */
  readonly far_steps: { readonly count: number; readonly lowest: number; readonly highest: number } | null
  /** The number of malformed lines, and why the first one is malformed; null if there are none. */
  readonly bad_lines: { readonly count: number; readonly reason: string } | null
  readonly indexed_bytes: number
  readonly total_bytes: number
}

/**
 * The points of a series in buckets, ordered by step. Each list has one entry per bucket, and each number is computed from all points
 * of its bucket. Null means a value that was not finite, or a mean of no values.
 */
export interface SeriesBuckets {
  readonly first_step: readonly number[]
  readonly last_step: readonly number[]
  /** `count`: points in the bucket; `gaps`: how many of them are not finite. */
  readonly count: readonly number[]
  readonly gaps: readonly number[]
  readonly mean: readonly (number | null)[]
  readonly min: readonly (number | null)[]
  readonly max: readonly (number | null)[]
  readonly first: readonly (number | null)[]
  readonly last: readonly (number | null)[]
}

/** A window of one series, with at most one bucket per pixel. */
export interface WireSeriesWindow {
  readonly name: string
  /** Points in the window. */
  readonly count: number
  /** False while only a sample of a long file has been read. */
  readonly complete: boolean
  readonly buckets: SeriesBuckets
  /** Null if none was requested. */
  readonly ema: SeriesEma | null
  /** Parts of earlier attempts that were later trained again. */
  readonly ghosts: readonly { readonly attempt: number; readonly buckets: SeriesBuckets }[]
}

/** An exponential moving average over all points since the start of the series, in the buckets of a window. */
export interface SeriesEma {
  /** The mean of the moving average over the finite points of each bucket. */
  readonly mean: readonly (number | null)[]
  /** The moving average after the last finite point of each bucket. */
  readonly last: readonly (number | null)[]
  /** The state of the average after the last point of the series; live points are added to it from there. */
  readonly end: EmaState
}

/** One request in a batch of window requests. */
export interface WindowRequest {
  readonly name: string
  readonly from?: number | null
  readonly to?: number | null
  readonly pixels?: number
  readonly ema?: EmaOptions | null
}

/** One request in a batch of statistics requests. `parts`: fractions of the range of points, such as `[0, 0.05]`. */
export interface WireStatsRequest {
  readonly name: string
  readonly from?: number | null
  readonly to?: number | null
  readonly parts?: readonly (readonly [start: number, end: number])[]
}

/** A step with its value; null if the value is not finite. */
export interface WireStepValue {
  readonly step: number
  readonly value: number | null
}

/** Statistics over all points of a range of a series. */
export interface WireSeriesStats {
  readonly name: string
  readonly complete: boolean
  /** `count`: points in the range; `gaps`: how many of them are not finite. */
  readonly count: number
  readonly gaps: number
  readonly mean: number | null
  /** Minimum and maximum of the finite values, each at the first step where it occurs. */
  readonly min: { readonly step: number; readonly value: number } | null
  readonly max: { readonly step: number; readonly value: number } | null
  readonly first: WireStepValue | null
  readonly last: WireStepValue | null
  /** When the first and last points were written, in epoch seconds; null if the file does not contain the time. */
  readonly first_time: number | null
  readonly last_time: number | null
  /** The means of the requested parts, in order. */
  readonly parts: readonly (number | null)[]
}

/** One request for the points next to a step: `points` finite ones on each side. */
export interface WireAroundRequest {
  readonly name: string
  readonly step: number
  readonly points: number
}

/**
 * The points next to a step, ordered by step. Only the value at the step itself may be null, which means that it was not
 * finite.
 */
export interface WireSeriesPoints {
  readonly name: string
  readonly complete: boolean
  readonly steps: readonly number[]
  readonly values: readonly (number | null)[]
  /** When each point was written, in epoch seconds; null if the file does not contain the time. */
  readonly times: readonly (number | null)[]
}

/** Everything about one run, except for its streams. */
export interface RunDetail {
  readonly row: RunRow
  readonly run: RunDocument | null
  readonly state: StateDocument | null
  readonly freeze: FreezeState
  readonly controls: readonly ControlDescription[]
  /** Descriptors of the run's own modules, as its kernel wrote them. Invalid ones are left out. */
  readonly modules: readonly Json[]
  readonly capabilities: Capabilities | null
  readonly checkpoints: readonly { readonly tag: string; readonly step: number | null }[]
  /** False if this kernel does not answer commands by `cid` (hotcb 2). */
  readonly answers: boolean
  /** Why the run must not be changed here; null if it may be. */
  readonly read_only: string | null
  /** Whether the training run's output is kept in a file. */
  readonly has_output: boolean
  /** Whether the run has images, text or captured activations in files. */
  readonly has_media: boolean
}

/** The run details that change from step to step. */
export type RunState = Omit<RunDetail, 'checkpoints'>

/** A page of the ledger, oldest line first. */
export interface LedgerPage {
  readonly lines: readonly LedgerLine[]
  /** `total`: the number of lines in the ledger; `start`: the number of the first line in `lines`. */
  readonly total: number
  readonly start: number
  readonly cursor: string | null
  /** How many lines are malformed. */
  readonly garbage: number
}

/** A change that charts show. */
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
  /** The kernel's decision, such as `applied` or `rejected`. */
  readonly decision: string
  /** Why the change was refused, or the kernel's note; null if there is neither. */
  readonly note: string | null
  readonly wall_time: number
}

/** The changes that charts show, oldest first. `foldMarkers` adds later ledger lines. */
export interface MarkerList {
  /** Applied changes. */
  readonly markers: readonly Marker[]
  /** The newest commands that were not applied: refused, failed, expired, or without effect. */
  readonly refused: readonly Marker[]
  /** The number of the latest attempt; 0 before the first. */
  readonly attempt: number
  /** How many ledger lines the list covers. */
  readonly lines: number
}

/** The answer to posted commands: one `cid` per command, in order. The outcomes arrive with the ledger. */
export interface CommandsAccepted {
  readonly cids: readonly string[]
  /** Notes to show the user, such as a warning that the kernel shows no sign of life. */
  readonly notes: readonly string[]
}

/** Streams of lines and their data. Clients follow them by cursor, so no line is lost or sent twice. */
export interface LineStreams {
  readonly metrics: MetricsData
  readonly ledger: readonly LedgerLine[]
  readonly log: readonly string[]
  readonly features: readonly FeatureRecord[]
}

/** Streams of documents and their data. A client always gets the latest version. */
export interface DocumentStreams {
  /** The state changes with every step. The checkpoints rarely change, so they are a separate document. */
  readonly state: RunState
  readonly checkpoints: Pick<RunDetail, 'checkpoints'>
  readonly runs: { readonly rows: readonly RunRow[]; readonly removed: readonly string[] }
  /** The people who have a run open: the clients that follow this document. */
  readonly people: { readonly people: readonly PersonHere[] }
  readonly autopilot: AutopilotDocument
  readonly alerts: AlertsDocument
  readonly tuner: { readonly tune: TunerDocument | null }
}

/** The data of every stream, by name. */
export type StreamData = LineStreams & DocumentStreams

export type StreamChannel = keyof LineStreams
export type DocumentChannel = keyof DocumentStreams
export type WireChannel = StreamChannel | DocumentChannel

/** A message from a page. */
export type ClientMessage =
  | {
      readonly type: 'subscribe'
      readonly run: string
      readonly channel: WireChannel
      readonly cursor?: string | null
      /** Send only these metrics. */
      readonly names?: readonly string[]
    }
  | { readonly type: 'unsubscribe'; readonly run: string; readonly channel: WireChannel }
  /** The name that others see for this page. If the token names a person, that name is used. */
  | { readonly type: 'name'; readonly name: string | null }
  | { readonly type: 'ping' }

/** New points by metric. */
export interface MetricsData {
  /** All new points of each metric, by name, except for `bursts`. */
  readonly series: Readonly<Record<string, readonly [steps: readonly number[], values: readonly (number | null)[]]>>
  /** The metrics with too many new points at once. They are sent as buckets, and are not in `series`. */
  readonly bursts: Readonly<Record<string, SeriesBuckets>>
  readonly last_step: number | null
  /** True if a step was below an earlier one. The page must reload its windows. */
  readonly rewound: boolean
  readonly new_names: boolean
}

/** New lines of a stream; `cursor` is the position after them. */
export type LineMessage = {
  readonly [Name in StreamChannel]: {
    readonly type: 'data'
    readonly run: string
    readonly channel: Name
    readonly cursor: string
    readonly data: LineStreams[Name]
  }
}[StreamChannel]

/** The current version of a document. For the table of runs, which does not belong to a single run, `run` is empty. */
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
      /** The id of this page in `people`. */
      readonly client: string
      readonly you: Pick<Me, 'user' | 'role'>
    }
  | { readonly type: 'pong' }
  | LineMessage
  | DocumentMessage
  /** The file was replaced, or the page missed too much. It must reload over HTTP, then continue from `cursor`. */
  | {
      readonly type: 'restart'
      readonly run: string
      readonly channel: WireChannel
      readonly cursor: string
      readonly reason: 'replaced' | 'behind'
    }
  | { readonly type: 'gone'; readonly run: string }
  | { readonly type: 'error'; readonly run: string; readonly channel: string; readonly message: string }
