// The whole public surface of @hotcb/metrics/node: what touches files and threads.
export { type CaptureFeaturesOptions, captureFeatures } from './node/capture.ts'
export { systemClock } from './node/clock.ts'
export { type CollectMetricsOptions, collectMetrics } from './node/collect.ts'
export { clearHistoryCache, historyCacheDirectory } from './node/history/cache-directory.ts'
export {
  type HistoryStore,
  type HistoryStoreOptions,
  type MetricHistory,
  openHistoryStore,
} from './node/history/history-store.ts'
export type { HistoryOverview, SeriesOverview, SeriesRequest, SeriesWindow } from './node/history/messages.ts'
export type { BadLines } from './node/history/saved-history.ts'
export { featuresFile, metricsFile } from './node/line-file.ts'
