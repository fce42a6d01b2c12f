import type { MetricNames, SeriesWindow, WindowRequest } from '../shared/wire.ts'

/** The metrics of one run, ready to be asked for any window. */
export interface HistoryStore {
  /** Every metric, and how far the file has been read. */
  names(): Promise<MetricNames>
  /** One window for each request, in order. A name that is not known gives an empty window. */
  windows(requests: readonly WindowRequest[]): Promise<readonly SeriesWindow[]>
  close(): Promise<void>
}

/** Opens the metrics of a run directory; no link is followed out of `roots`. */
export type OpenHistory = (runDir: string, roots: readonly string[]) => HistoryStore
