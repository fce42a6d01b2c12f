// The public API of @hotcb/metrics/node: file and thread access.
export { type CaptureFeaturesOptions, openFeatureCapture } from './node/capture.ts'
export { systemClock } from './node/clock.ts'
export { type CollectMetricsOptions, openMetricsCollector } from './node/collect.ts'
export { createEventFile, type EventFile, type EventFileOptions, openEventFile } from './node/event-file.ts'
export {
  type ExportedMetrics,
  exportMetrics,
  METRICS_FORMATS,
  type MetricsFormat,
  type MetricsText,
  metricsText,
} from './node/export/export-metrics.ts'
export { exportTable, exportText, type TableColumn, type TableValue, tableCsv } from './node/export/export-table.ts'
export { clearHistoryCache, historyCacheDirectory } from './node/history/cache-directory.ts'
export {
  type HistoryStore,
  type HistoryStoreOptions,
  type MetricHistory,
  type OpenHistoryOptions,
  openHistoryStore,
} from './node/history/history-store.ts'
export type {
  AroundRequest,
  HistoryOverview,
  NamedPoints,
  NamedStats,
  SeriesOverview,
  SeriesRequest,
  SeriesWindow,
  StatsRequest,
} from './node/history/messages.ts'
export type { BadLines } from './node/history/saved-history.ts'
export { featuresFile, metricsFile } from './node/line-file.ts'
export { type BadMetricLine, type LatestMetrics, latestMetrics, metricRecords } from './node/metric-records.ts'
export { createCpuMeter, machineFigures, processFigures } from './node/system/figures.ts'
export { askGpus, type GpuAnswer } from './node/system/gpus.ts'
export { openRankFigures, type RankFiguresOptions } from './node/system/rank-module.ts'
export { openSystemFigures, type SystemFiguresOptions } from './node/system/system-figures.ts'
export { systemSeconds } from './node/system/system-switch.ts'
export { type CsvRow, type CsvTable, type CsvTableOptions, openCsvTable } from './node/table/csv-table.ts'
export { type JsonTable, openJsonTable } from './node/table/json-table.ts'
