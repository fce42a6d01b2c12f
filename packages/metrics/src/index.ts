// The whole public surface of @hotcb/metrics that runs anywhere; files are in `@hotcb/metrics/node`.
export type { MetricsClock } from './clock.ts'
export { type MetricsCollector, type MetricsCollectorOptions, metricsCollector } from './collector.ts'
export { encodeScalarEvent, eventFileHeader, type ScalarEvent } from './export/event-record.ts'
export { type Activations, type FeatureCapture, type FeatureCaptureOptions, featureCapture } from './features.ts'
export { createSeries, type Series } from './history/series.ts'
export { type Buckets, type LinePoints, linePoints, type WindowOptions, windowOf } from './history/window.ts'
export type { NameFilterOptions } from './name-filter.ts'
export type { LineSink, SinkFailure } from './sink.ts'
