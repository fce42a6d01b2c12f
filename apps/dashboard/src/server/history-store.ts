import type {
  MetricNames,
  WindowRequest,
  WireAroundRequest,
  WireSeriesPoints,
  WireSeriesStats,
  WireSeriesWindow,
  WireStatsRequest,
} from '../shared/wire.ts'

/** One run's metrics. An unknown name gets an empty answer. */
export interface HistoryPort {
  /** Returns every metric name, and how much of the file has been read. */
  names(): Promise<MetricNames>
  /** Returns one window per request, in order. */
  windows(requests: readonly WindowRequest[]): Promise<readonly WireSeriesWindow[]>
  /** Returns the statistics for each request, in order. */
  stats(requests: readonly WireStatsRequest[]): Promise<readonly WireSeriesStats[]>
  /** Returns the points next to a step for each request, in order. */
  pointsAround(requests: readonly WireAroundRequest[]): Promise<readonly WireSeriesPoints[]>
  close(): Promise<void>
}

/** Opens the metrics in a run directory. Links that lead outside `roots` are not followed. */
export type OpenHistory = (runDir: string, roots: readonly string[]) => HistoryPort
