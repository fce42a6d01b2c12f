// The public API of @hotcb/metrics for any runtime; file access is in `@hotcb/metrics/node`.
export type { MetricsClock } from './clock.ts'
export { createMetricsCollector, type MetricsCollector, type MetricsCollectorOptions } from './collector.ts'
export { encodeScalarEvent, encodeSessionStart, eventFileHeader, type ScalarEvent } from './export/event-record.ts'
export { type Activations, createFeatureCapture, type FeatureCapture, type FeatureCaptureOptions } from './features.ts'
export type { FigureSource } from './figure-source.ts'
export type { EmaBuckets } from './history/ema-track.ts'
export { pointsAround, type RawSeriesPoints } from './history/points-around.ts'
export { createSeries, type Series, type SeriesPoints } from './history/series.ts'
export { type SeriesStats, type StatsOptions, type StepValue, statsOf } from './history/stats.ts'
export { type OutlierSteps, type StepRange, stepRange } from './history/step-range.ts'
export {
  type BucketColumns,
  type Buckets,
  bucketsOf,
  type LinePoints,
  linePoints,
  type WindowOptions,
  windowOf,
} from './history/window.ts'
export type { NameFilterOptions } from './name-filter.ts'
export type { LineSink, SinkFailure } from './sink.ts'
export { columnName, columnNames } from './table/column-name.ts'
