import type {
  AroundRequest,
  MetricNames,
  SeriesPoints,
  SeriesStats,
  SeriesWindow,
  StatsRequest,
  WindowRequest,
} from '../shared/wire.ts'

/** The metrics of one run. A name that is not known gets an empty answer. */
export interface HistoryStore {
  /** Every metric, and how far the file has been read. */
  names(): Promise<MetricNames>
  /** One window for each request, in order. */
  windows(requests: readonly WindowRequest[]): Promise<readonly SeriesWindow[]>
  /** Statistics for each request, in order. */
  stats(requests: readonly StatsRequest[]): Promise<readonly SeriesStats[]>
  /** The points next to a step for each request, in order. */
  pointsAround(requests: readonly AroundRequest[]): Promise<readonly SeriesPoints[]>
  close(): Promise<void>
}

/** Opens the metrics of a run directory; no link is followed out of `roots`. */
export type OpenHistory = (runDir: string, roots: readonly string[]) => HistoryStore
