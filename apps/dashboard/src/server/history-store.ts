import type {
  MetricNames,
  WindowRequest,
  WireAroundRequest,
  WireSeriesPoints,
  WireSeriesStats,
  WireSeriesWindow,
  WireStatsRequest,
} from '../shared/wire.ts'

/** The metrics of one run. A name that is not known gets an empty answer. */
export interface HistoryPort {
  /** Every metric, and how far the file has been read. */
  names(): Promise<MetricNames>
  /** One window for each request, in order. */
  windows(requests: readonly WindowRequest[]): Promise<readonly WireSeriesWindow[]>
  /** Statistics for each request, in order. */
  stats(requests: readonly WireStatsRequest[]): Promise<readonly WireSeriesStats[]>
  /** The points next to a step for each request, in order. */
  pointsAround(requests: readonly WireAroundRequest[]): Promise<readonly WireSeriesPoints[]>
  close(): Promise<void>
}

/** Opens the metrics of a run directory; no link is followed out of `roots`. */
export type OpenHistory = (runDir: string, roots: readonly string[]) => HistoryPort
