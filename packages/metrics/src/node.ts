// The whole public surface of @hotcb/metrics/node: what touches files and threads.
export { type CaptureFeaturesOptions, captureFeatures } from './node/capture.ts'
export { systemClock } from './node/clock.ts'
export { type CollectMetricsOptions, collectMetrics } from './node/collect.ts'
export { featuresFile, metricsFile } from './node/line-file.ts'
